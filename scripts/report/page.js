// Draws the charts, lets arrow keys walk along the points of a funnel, and opens the tables for printing.
(() => {
  "use strict";
  const options = { mode: "vega-lite", renderer: "svg", actions: false, tooltip: { theme: "light" } };

  const walk = (chart) => {
    const said = document.getElementById(chart.id + "-walked");
    const points = [...chart.querySelectorAll('[aria-roledescription="point"]')];
    const across = (point) => point.getBoundingClientRect().left;
    points.sort((a, b) => across(a) - across(b));
    points.forEach((point, place) => {
      point.setAttribute("tabindex", place ? "-1" : "0");
      point.addEventListener("focus", () => { said.textContent = point.getAttribute("aria-label"); });
      point.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
        const next = step && points[place + step];
        if (!next) return;
        event.preventDefault();
        point.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
      });
    });
  };

  document.querySelectorAll(".chart").forEach((chart) => {
    const spec = JSON.parse(document.getElementById(chart.id + "-spec").textContent);
    vegaEmbed(chart, spec, options).then(() => { if (chart.dataset.walk !== undefined) walk(chart); });
  });
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((table) => { table.open = true; }));
})();
