// Filters, CSV and shared addresses for every table of records. The pages are complete without this file.
"use strict";
(function () {
  const root = document.body.dataset.root;
  document.documentElement.classList.add("js");

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const slug = (text) => text.trim().toLowerCase().replace(/ /g, "_");

  // Pairs of a code and its label in a cell, which may hold several.
  function parts(cell) {
    const links = [...cell.querySelectorAll("a")];
    if (links.length) return links.map((link) => [link.textContent, link.textContent]);
    const labels = cell.textContent.split("; ").filter(Boolean);
    const codes = cell.title ? cell.title.split("; ") : labels.map(slug);
    return labels.map((label, number) => [codes[number] || slug(label), label]);
  }

  const fold = (text) => text.normalize("NFD").replace(/\p{M}|['’ʼ`]/gu, "").toLowerCase();

  function share(parameters) {
    const query = parameters.toString();
    history.replaceState(null, "", (query ? "?" + query : location.pathname) + location.hash);
    for (const link of document.querySelectorAll(".turn a")) link.search = query;
  }

  // The key of a row; where two tables use one key, the id has the table before it.
  const keyOf = (body) => body.id.replace(body.parentElement.dataset.table + ":", "");

  // The value of a cell as the dataset has it.
  function coded(head, cell) {
    if (cell.classList.contains("none")) return "";
    if (cell.title) return cell.title;
    const links = cell.querySelector("a");
    return head.dataset.f !== undefined && !links ? parts(cell).map((pair) => pair[0]).join("; ") : cell.innerText.trim();
  }

  function csv(table) {
    const quoted = (text) => (text === "" ? "" : '"' + text.replace(/"/g, '""') + '"');
    const heads = [...table.tHead.rows[0].cells].filter((head) => head.dataset.v);
    const lines = [["record_id", ...heads.map((head) => head.dataset.v)].map(quoted).join(",")];
    for (const body of table.tBodies) {
      if (body.hidden) continue;
      const values = heads.map((head) => coded(head, body.rows[0].cells[head.cellIndex]));
      lines.push([keyOf(body), ...values].map(quoted).join(","));
    }
    return lines.join("\n") + "\n";
  }

  function save(name, text) {
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const marks = new Map();
  for (const link of document.querySelectorAll("svg a")) {
    const id = decodeURIComponent((link.getAttribute("href") || "").replace(/^#/, ""));
    if (!marks.has(id)) marks.set(id, []);
    marks.get(id).push(link);
  }
  document.addEventListener("mouseover", (event) => {
    const link = event.target.closest && event.target.closest("svg a");
    if (!link || link.querySelector("title")) return;
    const row = document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
    if (!row || !row.rows) return;
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = [...row.rows[0].cells].slice(0, 4).map((cell) => cell.innerText.trim()).filter(Boolean).join(" · ");
    link.prepend(title);
  });

  for (const table of document.querySelectorAll("table.records")) {
    const name = table.dataset.table;
    const bodies = [...table.tBodies];
    const controls = new Map();
    const bar = make("form", { class: "filter", "aria-label": "Filter " + name.replace(/_/g, " ") });
    const text = make("input", { type: "search" });
    bar.append(make("label", {}, "Words", text));
    controls.set("q", text);
    for (const head of table.tHead.rows[0].cells) {
      if (head.dataset.f === undefined) continue;
      const found = new Map();
      for (const body of bodies) for (const [code, label] of parts(body.rows[0].cells[head.cellIndex])) found.set(code, label);
      if (found.size < 2) continue;
      const select = make("select", {}, make("option", { value: "" }, "All"));
      for (const [code, label] of [...found].sort((one, other) => one[1].localeCompare(other[1])))
        select.append(make("option", { value: code }, label));
      select.dataset.place = head.cellIndex;
      bar.append(make("label", {}, head.textContent, select));
      controls.set(head.dataset.v, select);
    }
    const clear = make("button", { type: "button" }, "Clear");
    const download = make("button", { type: "button" }, "CSV of these rows");
    const count = make("output", { "aria-live": "polite" });
    bar.append(clear, download, count);
    table.parentElement.before(bar);

    const words = new Map();
    const said = (body) => {
      if (!words.has(body)) words.set(body, fold(body.textContent));
      return words.get(body);
    };
    function apply(told) {
      let shown = 0;
      const wanted = fold(text.value.trim());
      for (const body of bodies) {
        let fits = !wanted || said(body).includes(wanted);
        for (const control of controls.values()) {
          if (!fits || control === text || !control.value) continue;
          fits = parts(body.rows[0].cells[control.dataset.place]).some((pair) => pair[0] === control.value);
        }
        if (fits && table.fitting) fits = table.fitting(body);
        body.hidden = !fits;
        shown += fits;
        for (const link of marks.get(body.id) || []) link.classList.toggle("off", !fits);
      }
      count.textContent = shown === bodies.length ? bodies.length + " rows" : shown + " of " + bodies.length + " rows";
      if (!told) return;
      const parameters = new URLSearchParams(location.search);
      for (const [key, control] of controls) {
        if (control.value) parameters.set(name + "." + key, control.value);
        else parameters.delete(name + "." + key);
      }
      share(parameters);
    }
    function restore() {
      const parameters = new URLSearchParams(location.search);
      for (const [key, control] of controls) control.value = parameters.get(name + "." + key) || "";
      apply(false);
    }
    bar.addEventListener("input", () => apply(true));
    bar.addEventListener("submit", (event) => event.preventDefault());
    clear.addEventListener("click", () => {
      for (const control of controls.values()) control.value = "";
      apply(true);
    });
    download.addEventListener("click", () => save(name + ".csv", csv(table)));
    table.refilter = () => apply(false);
    window.addEventListener("popstate", restore);
    restore();
    window.addEventListener("hashchange", () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const body = target && target.closest("tbody");
      if (body && body.hidden && table.contains(body)) clear.click();
    });
  }

  for (const link of document.querySelectorAll(".turn a")) link.search = location.search;

  // A row that the address names opens.
  function open() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", open);
  if (location.hash) open();

  window.crisisdata = { make, share, fold, root, keyOf, coded };
})();
