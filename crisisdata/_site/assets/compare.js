// The reader chooses episodes; the address keeps the choice.
"use strict";
(function () {
  const choose = document.getElementById("choose");
  const boxes = [...choose.querySelectorAll("input")];
  choose.hidden = false;
  function apply() {
    const chosen = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    for (const table of document.querySelectorAll(".compare")) {
      for (const head of table.tHead.rows[0].cells) {
        if (!head.dataset.episode) continue;
        for (const row of table.rows) row.cells[head.cellIndex].hidden = !chosen.has(head.dataset.episode);
      }
    }
    return chosen;
  }
  choose.addEventListener("change", () => {
    const chosen = apply();
    const all = chosen.size === boxes.length;
    history.replaceState(null, "", all ? location.pathname : "?episodes=" + [...chosen].join(","));
  });
  const wanted = new URLSearchParams(location.search).get("episodes");
  if (wanted !== null) for (const box of boxes) box.checked = wanted.split(",").includes(box.value);
  apply();
})();
