"use strict";
(() => {
  const root = document.documentElement;
  const print_width_px = 680, print_height_px = 920;  // of A4 within its margins

  // Figures hold the exact colours of the light theme; swap them for what the page shows now.
  function themed(figure) {
    const style = getComputedStyle(root);
    let text = JSON.stringify(figure);
    for (const [variable, colour] of Object.entries(COLOURS)) {
      text = text.split(`"${colour}"`).join(`"${style.getPropertyValue(variable).trim()}"`);
    }
    return JSON.parse(text);
  }

  // On a narrow screen names stand above their row instead of beside it, so that the figure fits the width.
  function narrowed(layout) {
    layout.font.size = 11;
    const names = layout.yaxis && layout.yaxis.ticktext;
    if (!names) {
      delete layout.xaxis.tickvals;
      return;
    }
    layout.yaxis.showticklabels = false;
    layout.height = Math.round(layout.height * 1.6);
    const above = names.map((name, row) => ({
      text: name.replaceAll("<br>", " "), x: 0, xref: "paper", xanchor: "left", y: layout.yaxis.tickvals[row] - 0.5,
      yref: "y", yanchor: "middle", showarrow: false, font: { size: 11 }, align: "left",
    }));
    layout.annotations = [...(layout.annotations || []), ...above];
    const [bottom, top] = layout.yaxis.range;
    layout.yaxis.range = [bottom, top - 0.3];
    layout.xaxis.dtick = layout.xaxis.dtick && 2 * layout.xaxis.dtick;
    if (layout.xaxis.tickvals) {
      const last = layout.xaxis.tickvals.length - 1;
      for (const key of ["tickvals", "ticktext"]) {
        layout.xaxis[key] = layout.xaxis[key].filter((_, at) => at === last || (at % 2 === 0 && at < last - 1));
      }
    }
  }

  function draw(width) {
    for (const [name, byLanguage] of Object.entries(FIGURES)) {
      const box = document.getElementById(name);
      const figure = themed(byLanguage[root.dataset.language]);
      if (width) {
        figure.layout.width = width;
        figure.layout.autosize = false;
        if (figure.layout.height > print_height_px) {
          figure.layout.height = print_height_px;
          figure.layout.font.size = 8;
        }
      }
      if (!width && box.clientWidth < 480) narrowed(figure.layout);
      Plotly.react(box, figure.data, figure.layout, {
        responsive: true, displaylogo: false, scrollZoom: false, displayModeBar: name === "map",
        modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
      });
    }
  }

  function speak(language) {
    root.dataset.language = language;
    root.lang = language;
    for (const button of document.querySelectorAll("[data-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.set === language));
    }
    draw();
  }

  // The style sheet shows the screen that the address names; its link is marked here.
  function mark() {
    const here = document.getElementById(location.hash.slice(1));
    const links = [...document.querySelectorAll(".readers a")];
    const shown = links.findIndex((link) => document.getElementById(link.hash.slice(1)).contains(here));
    links.forEach((link, at) => {
      if (at === Math.max(0, shown)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }

  for (const button of document.querySelectorAll("[data-set]")) {
    button.addEventListener("click", () => speak(button.dataset.set));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not(.aside)")) details.open = true;
    draw(print_width_px);
  });
  addEventListener("afterprint", () => draw());
  addEventListener("hashchange", mark);
  mark();
  speak(root.dataset.language);
})();
