"use strict";
(() => {
  const root = document.documentElement;
  const print_width_px = 680, print_height_px = 920;  // of A4 within its margins

  const slider = document.getElementById("grid-year");

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
    if (layout.xaxis2) {  // what stands beside each other goes below each other
      Object.assign(layout, { height: 1.5 * layout.height });
      layout.xaxis.domain = layout.xaxis2.domain = [0, 1];
      layout.yaxis.domain = [0.52, 0.96];
      layout.yaxis2.domain = [0, 0.46];
    }
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
        responsive: true, displaylogo: false, scrollZoom: false, displayModeBar: name === "map" || name === "grid",
        modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
      });
    }
    if (slider) turn();
  }

  // The year of the map of the grid: each step holds the points of all traces.
  function turn() {
    const { years, steps } = FIGURES.grid[root.dataset.language].layout.meta;
    const step = steps[slider.value - years[0]];
    slider.parentElement.querySelector("output").textContent = slider.value;
    const of = (key) => step.map((points) => points[key]);
    Plotly.restyle("grid", { x: of("x"), y: of("y"), text: of("text") });
  }
  if (slider) {
    const { years } = FIGURES.grid.nl.layout.meta;
    Object.assign(slider, { min: years[0], max: years[years.length - 1], value: years[0] });
    slider.closest(".years").hidden = false;
    slider.addEventListener("input", turn);
  }

  // What a reader sees of a table as CSV. A text that a spreadsheet would take for a formula gets an apostrophe.
  function csv(table) {
    const shown = (cell) => {
      const copy = cell.cloneNode(true);
      for (const part of copy.querySelectorAll(".label, .mark, svg, [lang]")) {
        if (!part.lang || part.lang !== root.lang) part.remove();
      }
      const text = copy.textContent.trim().replace(/\s+/g, " ").replace(/^\u2212(?=\d)/, "-");
      const safe = /^[=+\-@]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
      return `"${safe.replaceAll('"', '""')}"`;
    };
    return [...table.rows].map((row) => [...row.cells].map(shown).join(",")).join("\r\n");
  }

  function offer(box, at) {
    const table = box.querySelector("table");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "download";
    button.innerHTML = document.getElementById("download-words").innerHTML;
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(["\ufeff" + csv(table)], { type: "text/csv" }));
      link.download = `${table.dataset.name || `table-${at + 1}`}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
    box.before(button);
  }
  document.querySelectorAll(".scroll").forEach(offer);

  // A table that is wider than the page is moved with the arrow keys.
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  document.querySelectorAll(".scroll").forEach((box) => sizes.observe(box));

  // Links to the screens, and the address of one that is open, have an anchor in each language.
  const links = [...document.querySelectorAll(".readers a")];
  const screens = links.map((link) => document.getElementById(link.hash.slice(1)));
  const anchors = (screen) => ({ nl: screen.id, en: screen.querySelector("section").id });

  function speak(language) {
    root.dataset.language = language;
    root.lang = language;
    links.forEach((link, at) => { link.hash = anchors(screens[at])[language]; });
    const open = screens.find((screen) => Object.values(anchors(screen)).includes(location.hash.slice(1)));
    if (open) history.replaceState(null, "", `#${anchors(open)[language]}`);
    for (const button of document.querySelectorAll("[data-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.set === language));
    }
    draw();
  }

  // The style sheet shows the screen that the address names; its link is marked here. The word for the reader in the
  // address says the language of the page too.
  function mark() {
    const named = location.hash.slice(1);
    const here = document.getElementById(named);
    const shown = Math.max(0, screens.findIndex((screen) => screen.contains(here)));
    links.forEach((link, at) => {
      if (at === shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    if (!screens.length) return root.lang;
    return Object.entries(anchors(screens[shown])).find(([, anchor]) => anchor === named)?.[0] ?? root.lang;
  }

  // What a screen refers to is gone to without leaving the screen.
  for (const link of document.querySelectorAll(".screen a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById(link.hash.slice(1)).focus();
    });
  }

  for (const button of document.querySelectorAll("[data-set]")) {
    button.addEventListener("click", () => speak(button.dataset.set));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => speak(root.lang));
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not(.aside)")) details.open = true;
    draw(print_width_px);
  });
  addEventListener("afterprint", () => draw());
  addEventListener("hashchange", () => {
    const language = mark();
    if (language !== root.lang) speak(language);
  });
  speak(mark());
})();
