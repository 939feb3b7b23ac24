/* On a very wide wall: the area that is last in the league, its own map, its numbers beside the city's, and what has been
   open there longest. The numbers on the map are those of the list. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { div, empty, h, name as named, span } from "../lib/elements.js";
import { documentAt } from "../lib/fetch.js";
import { isNumber, kpi as kpiOf, local, quantity, short, t } from "../lib/format.js";
import { atEnd } from "../lib/lifetime.js";
import { mercator } from "../lib/mercator.js";
import { coloursFor } from "../lib/ramp.js";
import { cleared, rem } from "../lib/sizes.js";
import { drawLight } from "../map/shapes.js";
import { redraw } from "../panels/page.js";
import * as timeMachine from "../time/time_machine.js";
import * as view from "../view/view.js";
import { timeLeft } from "./supervision.js";

const WIDE = window.matchMedia("(min-aspect-ratio: 3 / 1)");
const FRESH_MS = 30e3;
const RETRY_MS = 5e3;
const PATIENCE_MS = 15e3;
const ROWS = 8;
const DETAIL = 1; // the shapes that the city's map has fetched already
const MARGIN = 0.04;

/** @typedef {import("../types").Frame} Frame */
/** @typedef {import("../types").LeagueRow} LeagueRow */
/** @typedef {import("../types").Feature} Feature */
/** @typedef {import("../types").Place} Place */
/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {(place: Place) => [number, number]} Project from degrees to pixels */

/**
 * @typedef {object} Known what came
 * @property {string} asked
 * @property {number} at
 * @property {LeagueRow} row
 * @property {{ frame: Frame & { oldest: import("../types").OldestRow[] }, map: import("../types").MapDocument }} answer
 * @property {Feature[]} shapes
 * @property {Feature | undefined} outline
 */

/** @type {string | null} */
let wanted = null; // what is asked for: area, KPI and level in one text
/** @type {Known | null} */
let known = null;
let askedAt = -Infinity;

/** @type {(frame: Frame) => boolean} */
const isOn = (frame) => WIDE.matches && frame.within === null && !timeMachine.isPast();

/**
 * The last of those that have a rank.
 * @param {Frame} frame
 */
function lastOf(frame) {
  const ranked = frame.league.filter((row) => isNumber(row.rank));
  return ranked.length ? ranked.reduce((a, b) => (Number(b.rank) >= Number(a.rank) ? b : a)) : null;
}

/** @type {(level: number) => string} */
const shapesAt = (level) => config.geometry_url.replace("{level}", String(level)).replace("{detail}", String(DETAIL));

/**
 * @param {LeagueRow} row
 * @param {string} asked
 * @param {number} level
 * @param {string} kpi
 */
async function ask(row, asked, level, kpi) {
  askedAt = performance.now();
  const grid = grids.get(row.id);
  if (!grid) return;
  const codes = new Set(grids.inside(row.id, level).map((one) => one.code));
  try {
    const [answer, leaves, outlines] = await Promise.all([
      documentAt(`/api/v1/frame?within=${encodeURIComponent(row.id)}&level=${level}&kpi=${encodeURIComponent(kpi)}`, PATIENCE_MS),
      documentAt(shapesAt(level), PATIENCE_MS),
      documentAt(shapesAt(grid.level), PATIENCE_MS),
    ]);
    if (asked !== wanted) return;
    const shapes = leaves.features.filter((/** @type {Feature} */ one) => codes.has(one.id));
    const outline = outlines.features.find((/** @type {Feature} */ one) => one.id === grid.code);
    known = { asked, at: performance.now(), row, answer, shapes, outline };
    redraw();
  } catch {
    // Asked again by one of the next frames; what is known grows old and says its time.
  }
}

/** @param {Frame} frame */
function follow(frame) {
  const row = lastOf(frame);
  const { kpi } = view.current();
  const level = grids.depth();
  wanted = row && `${row.id} ${level} ${kpi}`;
  if (known && known.asked !== wanted) known = null;
  const restMs = known ? FRESH_MS : RETRY_MS;
  const since = Math.max(known ? known.at : -Infinity, askedAt);
  if (row && wanted && performance.now() - since > restMs) ask(row, wanted, level, kpi);
}

/**
 * From degrees to pixels, so that a box of degrees stands in the middle of a canvas.
 * @param {import("../types").Box} box
 * @param {number} width
 * @param {number} height
 * @returns {Project}
 */
function projection([west, south, east, north], width, height) {
  const [top, bottom] = [mercator(north), mercator(south)];
  const scale = (1 - 2 * MARGIN) * Math.min(width / (east - west), height / (bottom - top));
  const [left, up] = [(width - scale * (east - west)) / 2, (height - scale * (bottom - top)) / 2];
  return ([lon, lat]) => [left + scale * (lon - west), up + scale * (mercator(lat) - top)];
}

/**
 * @param {Pen} pen
 * @param {import("../types").Geometry} geometry
 * @param {Project} project
 */
function trace(pen, geometry, project) {
  pen.beginPath();
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  polygons.flat().forEach((/** @type {Place[]} */ ring) => {
    ring.forEach((place, i) => (i ? pen.lineTo(...project(place)) : pen.moveTo(...project(place))));
    pen.closePath();
  });
}

/** @param {HTMLCanvasElement} canvas */
function paint(canvas) {
  const pen = canvas.getContext("2d");
  if (!pen || !canvas.clientWidth || !canvas.clientHeight) return;
  const { width, height } = cleared(canvas, pen);
  if (!known) return;
  const project = projection(grids.bbox(known.row.id), width, height);
  fillShapes(pen, project, known);
  drawPoints(pen, project, known.answer.frame);
}

/**
 * @param {Pen} pen
 * @param {Project} project
 * @param {Known} of
 */
function fillShapes(pen, project, { answer: { map }, shapes, outline }) {
  const { palette } = config;
  const colours = coloursFor(map.kpi, Math.max(1, map.breaks.length - 1));
  const position = new Map(grids.ofLevel(map.level).map((grid, at) => [grid.code, at]));
  const unit = rem();
  shapes.forEach((shape) => {
    const found = map.classes[position.get(shape.id) ?? -1];
    trace(pen, shape.geometry, project);
    pen.fillStyle = isNumber(found) ? colours[found] : palette.no_data;
    pen.fill("evenodd");
    pen.strokeStyle = palette.leaf_border;
    pen.lineWidth = 0.05 * unit;
    pen.stroke();
  });
  if (!outline) return;
  trace(pen, outline.geometry, project);
  pen.strokeStyle = palette.border;
  pen.lineWidth = 0.1 * unit;
  pen.stroke();
}

/** @type {(frame: Frame) => import("../types").OldestRow[]} */
const rowsOf = (frame) => (frame.oldest ?? []).slice(0, ROWS);

/**
 * @param {Pen} pen
 * @param {Project} project
 * @param {Frame} frame
 */
function drawPoints(pen, project, frame) {
  const { points } = frame;
  const numbers = new Map(rowsOf(frame).map((one, i) => [one.id, i + 1]));
  const unit = rem();
  const { palette } = config;
  pen.font = `700 ${unit}px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "middle";
  points.id.forEach((id, i) => {
    if (points.light[i] === "none") return;
    const [x, y] = project([points.lon[i], points.lat[i]]);
    drawLight(pen, points.light[i], x, y);
    if (!numbers.has(id)) return;
    const text = String(numbers.get(id));
    pen.lineWidth = 0.28 * unit;
    pen.strokeStyle = palette.ink;
    pen.strokeText(text, x + 0.7 * unit, y);
    pen.fillStyle = palette.text;
    pen.fillText(text, x + 0.7 * unit, y);
  });
}

/**
 * @param {Frame} frame of the city
 * @param {Known} known
 */
function indicators(frame, { row, answer }) {
  /** @type {(kpis: import("../types").KpiValue[], key: string) => number | null} */
  const valueOf = (kpis, key) => kpis.find((entry) => entry.key === key)?.value ?? null;
  const head = div("behind-row quiet", span(""), span("value", short(row.name)), span("value", t("behind.city")));
  const rows = config.panel_kpis.map((key) => {
    const { name: called, unit } = kpiOf(key);
    const told = unit === "ratio" ? "" : ` ${t(`unit.${unit}`)}`;
    const [here, all] = [answer.frame.kpis, frame.kpis].map((kpis) => quantity(valueOf(kpis, key), unit));
    return div("behind-row", named(`${called}${unit === "ratio" ? " %" : told}`), span("value", here), span("value quiet", all));
  });
  return [head, ...rows];
}

/** @param {Frame} frame */
function oldest(frame) {
  const { points, moment } = frame;
  const lit = new Set(points.id.filter((_, i) => points.light[i] !== "none"));
  return rowsOf(frame).map((one, i) => {
    const line = `${local(one.category) || t("newest.uncategorised")} · ${short(local(one.grid)) || t("newest.unlocated")}`;
    return div("behind-case", span("quiet", lit.has(one.id) ? String(i + 1) : ""), named(line), timeLeft(one, moment));
  });
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function behind(frame) {
  if (!isOn(frame)) return [];
  follow(frame);
  requestAnimationFrame(() => {
    const canvas = document.getElementById("behind-map");
    if (canvas instanceof HTMLCanvasElement) paint(canvas);
  });
  if (!known) return wanted ? h("P", { className: "empty" }, t("page.loading")) : empty();
  const { row } = known;
  return [
    div("behind-name", short(row.name)),
    div("quiet", t("behind.rank", { rank: row.rank, of: frame.league.length })),
    div("behind-table", indicators(frame, known)),
    div("heading", h("H3", {}, t("oldest.title")), h("Span", {}, t("oldest.due"))),
    div("behind-table", oldest(known.answer.frame)),
  ];
}

/** Forget what was known when the page ends. */
export function reset() {
  atEnd(() => {
    [wanted, known, askedAt] = [null, null, -Infinity];
  });
}
