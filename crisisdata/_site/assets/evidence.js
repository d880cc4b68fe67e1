// A dossier asks this page for the readings of a row.
"use strict";
if (window.parent !== window) {
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !event.data || !event.data.want) return;
    const section = document.getElementById(event.data.want);
    const shown = section ? [...section.children].filter((each) => each.tagName !== "H3") : [];
    const html = shown.map((each) => each.outerHTML).join("") || "<p>No readings.</p>";
    window.parent.postMessage({ id: event.data.want, html }, "*");
  });
  window.parent.postMessage("ready", "*");
}
