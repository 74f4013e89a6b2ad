// Draws the charts, and opens the tables for printing.
(() => {
  "use strict";
  const options = { mode: "vega-lite", renderer: "svg", actions: false, tooltip: { theme: "light" } };

  document.querySelectorAll(".chart").forEach((chart) => {
    const spec = JSON.parse(document.getElementById(chart.id + "-spec").textContent);
    vegaEmbed(chart, spec, options);
  });
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((table) => { table.open = true; }));
})();
