// Full-text search in the page, across spellings.
"use strict";
(function () {
  const { make, fold, root } = window.crisisdata;
  const search = new MiniSearch({
    idField: "id",
    fields: ["title", "text"],
    tokenize: (text) => fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean),
    processTerm: (term) => term,
    searchOptions: { prefix: true, fuzzy: (term) => (term.length > 4 ? 0.2 : 0), boost: { title: 3 }, combineWith: "AND" },
  });
  // Of a source only its key is kept; it stands on the page of its first letter.
  const page = (key) => "sources/" + (/^[a-z]/.test(key) ? key[0] : "other") + ".html#" + key;
  const documents = window.crisisdataSearch.flatMap(([of, kind, entries]) => entries.map(([key, title, text]) =>
    (kind ? [of + (key && "#" + key), kind, title, text] : [page(key), "Sources", title, text])));
  search.addAll(documents.map(([url, kind, title, text], id) => ({ id, title, text })));
  const query = document.getElementById("query");
  const kind = document.getElementById("kind");
  const hits = document.getElementById("hits");
  const found = document.getElementById("found");
  const most = 100;

  function show() {
    const words = query.value.trim();
    const results = words ? search.search(words) : [];
    const fitting = results.map((result) => documents[result.id]).filter((each) => !kind.value || each[1] === kind.value);
    hits.replaceChildren(...fitting.slice(0, most).map(([url, of, title, text]) =>
      make("li", {}, make("p", {}, make("a", { href: root + url }, title), " ", make("span", { class: "kind" }, of)), make("p", { class: "note" }, text))));
    found.textContent = !words ? "" : fitting.length > most ? "The first " + most + " of " + fitting.length : fitting.length + " found";
    const parameters = new URLSearchParams();
    if (words) parameters.set("q", words);
    if (kind.value) parameters.set("kind", kind.value);
    history.replaceState(null, "", words ? "?" + parameters : location.pathname);
  }
  const parameters = new URLSearchParams(location.search);
  query.value = parameters.get("q") || "";
  kind.value = parameters.get("kind") || "";
  show();
  document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("search").addEventListener("input", show);
})();
