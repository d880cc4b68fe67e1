// Readings in place: a click on a value opens its row with the readings that bear on it.
"use strict";
(function () {
  const { make, keyOf, coded } = window.crisisdata;
  const first = document.querySelector("a.r");
  let frame = null;
  let ready = false;
  const waiting = [];

  // Over file:// a page cannot read another, so that the page of readings is asked in a message.
  function ask(id) {
    if (!frame) {
      frame = make("iframe", { src: first.getAttribute("href").split("#")[0], hidden: "", title: "Readings", tabindex: "-1" });
      document.body.append(frame);
    }
    if (ready) frame.contentWindow.postMessage({ want: id }, "*");
    else waiting.push(id);
  }
  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow) return;
    if (event.data === "ready") {
      ready = true;
      for (const id of waiting.splice(0)) ask(id);
    } else if (event.data && event.data.id) {
      const body = document.getElementById(event.data.id);
      const place = body && body.querySelector(".got");
      if (place) {
        place.innerHTML = event.data.html;
        mark(body, place.dataset.variable);
      }
    }
  });

  const bodyOf = (element) => element.closest("table.records > tbody");
  function show(body, variable) {
    const details = body.querySelector(".more details");
    let place = body.querySelector(".got");
    if (!place) {
      place = make("div", { class: "got" }, "Loading readings…");
      const foot = make("p", { class: "foot" }, make("a", { href: "#" + encodeURI(body.id) }, "Permanent address"));
      details.append(place, foot);
      ask(body.id);
      report(body, foot);
    }
    place.dataset.variable = variable || "";
    details.open = true;
    mark(body, variable);
  }

  // What a variable means, from the list below the table.
  function legendEntry(body, variable) {
    const legend = body.closest(".data").nextElementSibling;
    return legend && legend.querySelector('[data-v="' + variable + '"]');
  }

  function mark(body, variable) {
    const place = body.querySelector(".got");
    let about = body.querySelector(".about");
    if (about) about.remove();
    const head = [...body.parentElement.tHead.rows[0].cells].find((each) => each.dataset.v === variable);
    const words = variable && (legendEntry(body, variable)?.querySelector("dt") || head).textContent.toLowerCase();
    for (const item of place.querySelectorAll(".readings > li")) {
      const named = item.querySelector("small");
      const bears = !named || named.textContent.replace("On: ", "").split(", ").includes(words);
      item.classList.toggle("hit", Boolean(variable) && bears);
      item.classList.toggle("miss", Boolean(variable) && !bears);
    }
    const entry = variable && legendEntry(body, variable);
    if (entry) {
      about = make("p", { class: "about" }, make("b", {}, entry.querySelector("dt").textContent), ". ");
      about.append(...[...entry.querySelector("dd").childNodes].map((node) => node.cloneNode(true)));
      place.before(about);
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.r");
    const cell = event.target.closest("table.records > tbody > tr:first-child > td");
    if (link && bodyOf(link)) {
      event.preventDefault();
      show(bodyOf(link));
    } else if (cell && !event.target.closest("a") && !String(getSelection())) {
      const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
      show(bodyOf(cell), head && head.dataset.v);
    }
  });
  document.addEventListener("toggle", (event) => {
    const body = event.target.open && event.target.closest(".more") && bodyOf(event.target);
    // A click on a value has opened it already, and has said which value.
    if (body && event.target.parentElement.tagName === "TD" && !body.querySelector(".got")) show(body);
  }, true);
  if (location.hash) {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const body = target && bodyOf(target);
    if (body) show(body);
  }
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const body = target && bodyOf(target);
    if (body) show(body);
  });

  // A citation of the row, and a text that reports an error in it.
  function report(body, foot) {
    const button = make("button", { type: "button" }, "Cite this row or report an error");
    foot.append(button);
    button.addEventListener("click", () => {
      const old = foot.querySelector(".sent");
      if (old) return old.remove();
      const { edition, hash } = document.getElementById("edition").dataset;
      const cite = document.getElementById("citation").textContent;
      const table = body.parentElement.dataset.table;
      const address = location.href.split("#")[0].split("?")[0] + "#" + body.id;
      const values = [...body.parentElement.tHead.rows[0].cells].filter((head) => head.dataset.v).map((head) => {
        return head.dataset.v + ": " + coded(head, body.rows[0].cells[head.cellIndex]);
      });
      const citation = cite + " Table " + table + ", row " + keyOf(body) + ". " + address;
      const text = ["Error in edition " + edition + ", content hash " + hash, "Table: " + table, "Key of the record: " + keyOf(body),
        "Address: " + address, "Current values:", ...values.map((value) => "  " + value), "Wrong variable: ", "Correct value: ",
        "Source (title, publisher, date, address, location in the source): ", "What the source says: ", ""].join("\n");
      const field = (name, value) => {
        const area = make("textarea", { readonly: "", rows: "5" });
        area.value = value;
        area.addEventListener("focus", () => area.select());
        return make("label", {}, name, area);
      };
      foot.append(make("div", { class: "sent" }, field("Citation", citation), field("Report", text)));
    });
  }
})();
