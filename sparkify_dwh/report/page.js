"use strict";
(function () {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const charts = read("charts");
  const themes = read("themes");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const level = document.getElementById("level");
  let views = [];
  let drawing = Promise.resolve();

  function chosen(spec) {
    if (!spec.params) return spec;
    const params = spec.params.map((param) =>
      param.name === "level" && level ? { ...param, value: level.value } : param);
    return { ...spec, params };
  }

  async function draw() {
    for (const view of views) view.finalize();
    views = [];
    const config = themes[dark.matches ? "dark" : "light"];
    for (const place of document.querySelectorAll("[data-chart]")) {
      const spec = chosen(charts[place.dataset.chart]);
      const found = await vegaEmbed(place, spec, { actions: false, config, renderer: "svg" });
      // To a screen reader a chart is one picture with its finding; the numbers are in the table.
      const svg = place.querySelector("svg");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", spec.description);
      for (const part of svg.children) part.setAttribute("aria-hidden", "true");
      views.push({ spec, finalize: () => found.finalize(), view: found.view });
    }
    document.documentElement.dataset.drawn = dark.matches ? "dark" : "light";
  }

  // One after the other: two at once would draw into the same place.
  function redraw() {
    delete document.documentElement.dataset.drawn;
    drawing = drawing.then(draw);
    return drawing;
  }

  if (level) {
    document.querySelector(".filter").hidden = false;
    level.addEventListener("change", () => {
      for (const { spec, view } of views)
        if (spec.params) view.signal("level", level.value).runAsync();
    });
  }
  dark.addEventListener("change", redraw);
  redraw();
})();
