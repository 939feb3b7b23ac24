/* Today's flow over the usual band: the frame's hours poured into the empty chart. */
import { isNumber, number, t, time } from "../lib/format.js";
import { after, atEnd } from "../lib/lifetime.js";
import { dressed, unit as unitOf } from "../lib/paper_colours.js";
import { graphOf, react } from "../lib/plotly.js";
import * as picture from "../stream/picture.js";

const WAIT_MS = 100;
const TICK_HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

const ROUND = [1, 2, 2.5, 5, 10];

/**
 * An axis from zero with two round steps above all that is drawn.
 * @param {import("../types").Flow} flow
 */
function amounts({ actual, usual, usual_hi: high }) {
  const most = Math.max(1, ...[actual, usual, high].flatMap((series) => series || []).filter(isNumber));
  const power = 10 ** Math.floor(Math.log10(most / 2));
  const step = Math.max(1, power * (ROUND.find((one) => 2 * one * power >= most) ?? 1));
  return { autorange: false, range: [0, 2 * step], tickvals: [0, step, 2 * step], ticktext: [0, step, 2 * step].map((n) => number(n)) };
}

/**
 * Where the day stands.
 * @param {string} moment
 * @param {{ layout: any }} figure
 * @param {number} unit
 */
function marker(moment, figure, unit) {
  const [hours, minutes] = time(moment, false).split(":").map(Number);
  const at = hours + minutes / 60;
  const line = { color: figure.layout.yaxis.tickfont.color, width: unit / 16 };
  return { type: "line", x0: at, x1: at, yref: "paper", y0: 0, y1: 1, line };
}

/**
 * The chart of a frame, from the empty one.
 * @param {import("../types").Frame} frame
 * @param {{ data: any[], layout: any }} figure
 */
function figureOf(frame, figure) {
  const { flow } = frame;
  const told = [flow.actual, flow.usual].some((series) => (series || []).some((value) => value !== null));
  const said = document.getElementById("flow-empty");
  if (said) said.textContent = told ? "" : t("page.no_data");
  const unit = unitOf();
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

/** @type {{ data: any[], layout: any } | null} */
let empty = null; // the chart as the layout has it
let drawn = ""; // what the chart shows
let callOff = () => {};

/** @returns {void} */
export function start() {
  atEnd(() => {
    [empty, drawn] = [null, ""];
  });
}

/**
 * @param {import("../types").Frame} frame
 * @returns {void}
 */
export function draw(frame) {
  const graph = graphOf("flow");
  callOff();
  if (!graph?.data) {
    callOff = after(WAIT_MS, drawShown); // Plotly is still on its way
    return;
  }
  empty ??= { data: graph.data.map((/** @type {object} */ trace) => ({ ...trace })), layout: { ...graph.layout } };
  const { data, layout } = dressed(figureOf(frame, empty));
  const wanted = JSON.stringify([data, layout]);
  if (wanted === drawn) return; // the same as a second ago: to draw it would cost as much as all the panels
  drawn = wanted;
  react(graph, data, layout, { displayModeBar: false, responsive: true, staticPlot: true });
}

function drawShown() {
  const frame = picture.shown();
  if (frame) draw(frame);
}
