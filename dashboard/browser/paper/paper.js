/* The page on paper: light whatever the screen is, with the moment of its numbers and a picture of the map. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const CHART = { width: 680, height: 150 }; // as wide as the narrower side of a sheet
  const LETTER_PX = 12;
  let screen = null; // palette and styles of the screen while the page is dressed for paper
  let table = null; // colour of the screen -> colour on paper

  const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(leaves));

  /* The same names stand for the same things in both palettes. */
  function tableOf(from, to) {
    const there = leaves(to);
    return new Map(leaves(from).map((colour, i) => [colour.toLowerCase(), there[i]]));
  }

  function translated(value, colours) {
    const text = JSON.stringify(value).replace(/#[0-9a-f]{6}\b/gi, (found) => colours.get(found.toLowerCase()) ?? found);
    return JSON.parse(text);
  }

  /* A chart that was laid out in the colours and the size of the screen. */
  function dressed(figure) {
    if (!table) return figure;
    const { data, layout } = translated(figure, table);
    return { data, layout: { ...layout, ...CHART } };
  }

  /* The size of small letters of what is drawn in pixels. */
  const unit = () => (table ? LETTER_PX : center.map.rem());
  const screenPalette = () => (screen ?? center.config).palette;

  function enter() {
    if (screen || !center.config) return;
    const { palette, styles, paper } = center.config;
    table = tableOf(palette, paper);
    screen = { palette, styles };
    center.config.palette = paper;
    center.config.styles = translated(styles, table);
    redraw();
    center.paperMap.lay(screen, table);
    // Wider sheets have the same chart, larger.
    charts().forEach((svg) => svg.setAttribute("viewBox", `0 0 ${CHART.width} ${CHART.height}`));
    sayWhen();
  }

  function leave() {
    if (!screen) return;
    [center.config.palette, center.config.styles] = [screen.palette, screen.styles];
    [screen, table] = [null, null];
    redraw();
    center.paperMap.take();
    charts().forEach((svg) => svg.removeAttribute("viewBox"));
    document.getElementById("printed").hidden = true;
  }

  const charts = () => document.querySelectorAll("#flow svg.main-svg");

  function redraw() {
    if (!center.view?.publish || !center.live.shown()) return;
    center.publish("frame", center.live.shown());
    center.view.publish();
  }

  function sayWhen() {
    const frame = center.live.shown && center.live.shown();
    const moment = frame ? new Date(frame.moment) : new Date();
    const written = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: center.config.timezone }).format(moment);
    const demo = document.getElementById("demo").textContent;
    const line = document.getElementById("printed");
    line.textContent = [center.format.t("page.printed", { moment: written }), demo].filter(Boolean).join(" · ");
    line.hidden = false;
  }

  window.addEventListener("beforeprint", enter);
  window.addEventListener("afterprint", leave);
  // Some browsers, and what makes a file out of a page, tell it only so.
  window.matchMedia("print").addEventListener("change", ({ matches }) => (matches ? enter() : leave()));

  center.paper = { dressed, unit, screenPalette };
})();
