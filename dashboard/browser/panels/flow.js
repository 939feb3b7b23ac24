/* Today's flow over the usual band: the frame's hours poured into the empty chart. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const WAIT_MS = 100;
  const TICK_HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

  const ROUND = [1, 2, 2.5, 5, 10];

  /* An axis from zero with two round steps above all that is drawn. */
  function amounts({ actual, usual, usual_hi: high }) {
    const most = Math.max(1, ...[actual, usual, high].flatMap((series) => series || []).filter(Number.isFinite));
    const power = 10 ** Math.floor(Math.log10(most / 2));
    const step = Math.max(1, power * ROUND.find((one) => 2 * one * power >= most));
    return { autorange: false, range: [0, 2 * step], tickvals: [0, step, 2 * step], ticktext: [0, step, 2 * step].map((n) => center.format.number(n)) };
  }

  /* Where the day stands. */
  function marker(moment, figure, unit) {
    const [hours, minutes] = center.format.time(moment, false).split(":").map(Number);
    const at = hours + minutes / 60;
    const line = { color: figure.layout.yaxis.tickfont.color, width: unit / 16 };
    return { type: "line", x0: at, x1: at, yref: "paper", y0: 0, y1: 1, line };
  }

  /* The chart of a frame, from the empty one. */
  function figureOf(frame, figure) {
    const { flow } = frame;
    const told = [flow.actual, flow.usual].some((series) => (series || []).some((value) => value !== null));
    document.getElementById("flow-empty").textContent = told ? "" : center.format.t("page.no_data");
    const unit = center.paper.unit();
    // The running hour is not over: half a count would look like a fall.
    const hours = flow.hours.map((hour) => hour + 0.5); // a count of an hour stands in its middle
    const data = figure.data.map((trace) => ({
      ...trace,
      x: hours,
      y: trace.name === "actual" ? flow.actual.slice(0, flow.complete ?? undefined) : flow[trace.name] || [],
      line: { ...trace.line, width: ((trace.line.base ?? trace.line.width) * unit) / 16, base: trace.line.base ?? trace.line.width },
    }));
    const tickfont = { ...figure.layout.xaxis.tickfont, size: unit };
    const ticktext = TICK_HOURS.map((hour) => `${String(hour).padStart(2, "0")}:00`);
    const xaxis = { ...figure.layout.xaxis, ticks: "outside", ticklen: 0.45 * unit, tickcolor: "rgba(0,0,0,0)", tickvals: TICK_HOURS, ticktext, tickfont, visible: told };
    const yaxis = { ...figure.layout.yaxis, ...amounts(flow), tickfont, visible: told };
    const now = frame.moment && told ? [marker(frame.moment, figure, unit)] : [];
    const font = { family: getComputedStyle(document.body).fontFamily };
    return { data, layout: { ...figure.layout, xaxis, yaxis, font, shapes: now, margin: { ...figure.layout.margin, t: 0.6 * unit, l: 2.9 * unit, r: 1.5 * unit, b: 2 * unit } } };
  }

  let empty = null; // the chart as the layout has it
  let drawn = ""; // what the chart shows

  function draw(frame) {
    const graph = document.querySelector("#flow .js-plotly-plot") || document.querySelector("#flow.js-plotly-plot");
    if (!graph || !graph.data) return setTimeout(drawShown, WAIT_MS); // Plotly is still on its way
    empty ??= { data: graph.data.map((trace) => ({ ...trace })), layout: { ...graph.layout } };
    const { data, layout } = center.paper.dressed(figureOf(frame, empty));
    const wanted = JSON.stringify([data, layout]);
    if (wanted === drawn) return null; // the same as a second ago: to draw it would cost as much as all the panels
    drawn = wanted;
    return window.Plotly.react(graph, data, layout, { displayModeBar: false, responsive: true, staticPlot: true });
  }

  const drawShown = () => center.live.shown() && draw(center.live.shown());

  center.flow = { draw };
})();
