"use strict";
(() => {
  const root = document.documentElement;
  const print_width_px = 680;

  // Figures hold the exact colours of the light theme; swap them for what the page shows now.
  function themed(figure) {
    const style = getComputedStyle(root);
    let text = JSON.stringify(figure);
    for (const [variable, colour] of Object.entries(COLOURS)) {
      text = text.split(`"${colour}"`).join(`"${style.getPropertyValue(variable).trim()}"`);
    }
    return JSON.parse(text);
  }

  function draw(width) {
    for (const [name, byLanguage] of Object.entries(FIGURES)) {
      const box = document.getElementById(name);
      const figure = themed(byLanguage[root.dataset.language]);
      if (width) {
        figure.layout.width = width;
        figure.layout.autosize = false;
      }
      if (box.clientWidth < 480) {
        figure.layout.font.size = 11;
      }
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

  for (const button of document.querySelectorAll("[data-set]")) {
    button.addEventListener("click", () => speak(button.dataset.set));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not(.aside)")) details.open = true;
    draw(print_width_px);
  });
  addEventListener("afterprint", () => draw());
  speak(root.dataset.language);
})();
