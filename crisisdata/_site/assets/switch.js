// Candidates that count under a definition; measures that were in force on a day.
"use strict";
(function () {
  const { share } = window.crisisdata;
  const table = document.querySelector("table.records");
  const control = document.getElementById("definition") || document.getElementById("day");
  const counted = document.getElementById("counted");
  if (!table || !control) return;
  const counting = ["successful", "failed", "plot"];
  const fits = {
    definition: (body) => {
      const verdict = body.querySelector('[data-d="' + control.value + '"]');
      return Boolean(verdict) && counting.includes(verdict.title);
    },
    day: (body) => {
      const days = body.querySelector("data");
      const [first, last] = days ? days.value.split("/") : [];
      return Boolean(days) && first <= control.value && control.value <= last;
    },
  }[control.id];
  table.fitting = (body) => !control.value || fits(body);
  function apply() {
    table.refilter();
    const bodies = [...table.tBodies].filter((body) => fits(body));
    if (!control.value) counted.textContent = "";
    else if (control.id === "day") counted.textContent = bodies.length + " were, or may have been, in force";
    else {
      const verdicts = bodies.map((body) => body.querySelector('[data-d="' + control.value + '"]').title);
      const count = (kind) => verdicts.filter((each) => each === kind).length;
      counted.textContent = count("successful") + " successful, " + count("failed") + " failed, " + count("plot") + " plots";
    }
  }
  control.addEventListener("input", () => {
    const parameters = new URLSearchParams(location.search);
    if (control.value) parameters.set(control.id, control.value);
    else parameters.delete(control.id);
    share(parameters);
    apply();
  });
  control.value = new URLSearchParams(location.search).get(control.id) || "";
  apply();
})();
