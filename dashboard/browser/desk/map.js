/* The map: where the incident lies, what lies near it, and, for one without a place, the press that places it. */
import * as grids from "../city/grids.js";
import { local, t } from "../lib/format.js";
import * as plotly from "../lib/plotly.js";
import { unhinder } from "../map/basemap.js";
import { above } from "./above.js";
import { deskConfig } from "./config.js";
import { byId, el, fill, span } from "./dom.js";
import * as nearby from "./nearby.js";
import * as places from "./place.js";
import * as words from "./words.js";

/** @import { Box, Camera, Incident, Other, Place, PlotMap } from "./types" */

const NEAR_ZOOM = 14.2;
const MARGIN = 0.06;
const STEP_PX = 12;

/** Plotly's element. @type {any} */
let graph = null;
/** MapLibre's map; it is there once `standing`. @type {PlotMap} */
let map;
/** @type {Incident | null} */
let got = null;
/** @type {{ at: Place, node: HTMLElement }[]} */
let marks = [];
let placing = false;
/** @type {Place | null} */
let pin = null;
let framed = "";
let crosshair = ""; // names of the grids under it
let standing = false; // dressed, and looking where it should

/** @param {number} level */
const url = (level) => deskConfig().geometry_url.replace("{level}", String(level));
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** @returns {Promise<void>} */
function arrival() {
  return new Promise((resolve) => {
    const look = () => {
      graph = plotly.graphOf("map");
      map = plotly.mapOf(graph);
      if (map && map.isStyleLoaded()) return resolve();
      return setTimeout(look, 50);
    };
    look();
  });
}

/* Towns as ground, the borders of every level over them. */
async function dress() {
  const { lines } = deskConfig().styles;
  /** @param {number} level */
  const style = (level) => (level === 1 ? lines.first : lines.middle);
  /** @type {object[]} */
  const layers = [];
  for (let level = grids.depth(); level >= 1; level -= 1) {
    const { color, opacity, line } = style(level);
    layers.push({ sourcetype: "geojson", source: url(level), type: "line", color, opacity, line: { width: (line.width * rem()) / 16 } });
  }
  const towns = grids.ofLevel(1);
  const ground = { geojson: url(1), locations: [towns.map((grid, position) => position)], z: [towns.map(() => -1)], "marker.opacity": deskConfig().ground_opacity };
  await plotly.update(graph, ground, { "map.layers": layers, hovermode: false }, [0]);
}

/** @param {number} lat */
const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

/**
 * @param {Box} box
 * @returns {Camera}
 */
function cameraFor([west, south, east, north]) {
  const wide = Math.max((east - west) / 360, 1e-7);
  const high = Math.max((mercator(north) - mercator(south)) / (2 * Math.PI), 1e-7);
  const free = 1 - 2 * MARGIN;
  const zoom = Math.log2(Math.min((graph.clientWidth * free) / wide, (graph.clientHeight * free) / high) / 512);
  return { center: { lon: (west + east) / 2, lat: (180 / Math.PI) * (2 * Math.atan(Math.exp((mercator(south) + mercator(north)) / 2)) - Math.PI / 2) }, zoom: Math.min(zoom, 17) };
}

/**
 * Where to look: at the incident, else at the area that is known to hold it, else at the city.
 * @returns {Camera}
 */
function camera() {
  if (got && got.position) return { center: { lon: got.position[0], lat: got.position[1] }, zoom: NEAR_ZOOM };
  const row = got && got.row;
  const grid = row && ((row.area && row.area.id) || (row.grid && row.grid.id));
  return cameraFor(grids.bbox(grid || null));
}

function look() {
  const next = camera();
  const print = JSON.stringify([next, graph.clientWidth, graph.clientHeight]);
  if (print === framed) return;
  framed = print;
  plotly.relayout(graph, { "map.center": next.center, "map.zoom": next.zoom, "map.bearing": 0, "map.pitch": 0 });
}

/**
 * @param {Incident | null} shown
 * @param {boolean} other whether it is another incident than before
 * @returns {void}
 */
export function show(shown, other) {
  got = shown;
  if (!standing) return;
  drawMarks();
  if (other || !placing) look();
}

/**
 * Marks: buttons above the map, so that they can be read aloud and reached by keys.
 * @param {Other} one
 * @param {string} kind
 */
function markOf(one, kind) {
  const label = [t(`desk.mark_${kind}`), words.category(one.category), nearby.facts(one)].join(" · ");
  return el("button", { type: "button", class: `spot ${kind}`, title: label, "aria-label": label, tabindex: "-1", onclick: () => above.openIncident(one.id) });
}

/**
 * @param {Other} one
 * @param {string} kind
 */
const marked = (one, kind) => (one.position ? [{ at: one.position, node: markOf(one, kind) }] : []);

function drawMarks() {
  marks = [];
  if (got) {
    const twins = new Set(got.duplicates.map((one) => one.id));
    const near = got.neighbours.filter((one) => !twins.has(one.id));
    marks = [
      ...near.flatMap((one) => marked(one, one.same_category ? "same" : "other")),
      ...got.duplicates.flatMap((one) => marked(one, "twin")),
    ];
    if (got.position) {
      const lit = got.row.light === "red" || got.row.light === "yellow" ? got.row.light : "none";
      marks.push({ at: got.position, node: el("i", { class: `spot here ${lit}`, role: "img", "aria-label": t("desk.mark_here") }) });
    }
  }
  if (pin) marks.push({ at: pin, node: el("i", { class: "spot pin", role: "img", "aria-label": t("desk.mark_pin") }) });
  fill("map-marks", marks.map((mark) => mark.node));
  says();
  settle();
}

function settle() {
  marks.forEach(({ at, node }) => {
    const { x, y } = map.project(at);
    node.style.transform = `translate(${x}px, ${y}px)`;
  });
  names();
}

/* Names of the grids in sight: the finest level that has room, the larger grid first, none over another. */
function names() {
  const { clientWidth: width, clientHeight: height } = graph;
  const depth = grids.depth();
  const zoom = map.getZoom();
  const level = zoom > 13 ? depth : zoom > 11 ? Math.max(1, depth - 1) : 1;
  const unit = rem();
  /** @type {Box[]} */
  const taken = [[0, height - 2.2 * unit, width, height], ...marks.map(({ at }) => around(map.project(at), unit, unit))];
  const shown = grids.ofLevel(level).filter((grid) => grid.label).sort((a, b) => b.area_m2 - a.area_m2).flatMap((grid) => {
    const point = map.project(grid.label);
    const text = local(grid.name);
    const box = around(point, (0.55 + 0.5 * text.length) * unit, 0.8 * unit);
    const outside = box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height;
    if (outside || taken.some((other) => overlap(box, other))) return [];
    taken.push(box);
    return [el("span", { class: "grid-name", style: { transform: `translate(${point.x}px, ${point.y}px) translate(-50%, -50%)` } }, text)];
  });
  fill("map-names", shown);
}

/** @type {(point: { x: number, y: number }, wide: number, high: number) => Box} */
const around = ({ x, y }, wide, high) => [x - wide, y - high, x + wide, y + high];
/** @type {(a: Box, b: Box) => boolean} */
const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

function says() {
  /** @param {string} kind */
  const key = (kind) => span("key-entry", el("i", { class: `spot still ${kind}` }), t(`desk.mark_${kind}`));
  if (placing) return fill("map-says", el("b", {}, crosshair || t("desk.place_hint")));
  if (!got) return fill("map-says");
  const kinds = [got.position && "here", got.duplicates.length && "twin", got.neighbours.length && "same", got.neighbours.length && "other"].flatMap((kind) => kind || []);
  return fill("map-says", got.position ? kinds.map(key) : span("", t("newest.unlocated")));
}

/* Placing */
/**
 * @param {boolean} on
 * @returns {void}
 */
export function place(on) {
  placing = on;
  pin = null;
  crosshair = "";
  const frame = byId("map-frame");
  frame.classList.toggle("placing", on);
  frame.tabIndex = on ? 0 : -1;
  if (standing) drawMarks();
}

/**
 * A place that a form says; the pin stands there, if it is one.
 * @param {number | undefined} lon
 * @param {number | undefined} lat
 * @returns {void}
 */
export function candidate(lon, lat) {
  pin = placeOf(lon, lat);
  if (pin) hover({ lng: pin[0], lat: pin[1] });
  if (standing) drawMarks();
}

/**
 * @param {number | undefined} lon
 * @param {number | undefined} lat
 * @returns {Place | null}
 */
function placeOf(lon = NaN, lat = NaN) {
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? [lon, lat] : null;
}

/**
 * The names of the grids under the crosshair, as it moves over the map.
 * @param {{ lng: number, lat: number }} at
 */
function hover({ lng, lat }) {
  if (!placing) return;
  places.at("map", lng, lat, (names) => {
    if (!placing) return;
    crosshair = names;
    says();
  });
}

/**
 * A grid chosen by its name: the map looks at it.
 * @param {string} id
 * @returns {void}
 */
export function showGrid(id) {
  crosshair = places.pathOf({ id });
  if (!standing) return;
  says();
  const next = cameraFor(grids.bbox(id));
  framed = JSON.stringify([next, graph.clientWidth, graph.clientHeight]);
  plotly.relayout(graph, { "map.center": next.center, "map.zoom": next.zoom });
}

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Arrows move the pin, as a hand with the mouse would.
 * @param {KeyboardEvent} event
 */
function nudge(event) {
  const by = ARROWS[event.key];
  if (placing && event.key === "Enter") {
    event.preventDefault();
    event.stopPropagation();
    return void above.submitForm();
  }
  if (!placing || !by) return undefined;
  const from = map.project(pin || map.getCenter());
  const step = STEP_PX * (event.shiftKey ? 5 : 1);
  const { lng, lat } = map.unproject([from.x + by[0] * step, from.y + by[1] * step]);
  above.placed(lng, lat);
  event.preventDefault();
  event.stopPropagation();
  return undefined;
}

/**
 * Where on the screen a place is; for tests.
 * @param {number} lon
 * @param {number} lat
 * @returns {{ x: number, y: number }}
 */
export function pixelOf(lon, lat) {
  const box = graph.getBoundingClientRect();
  const { x, y } = map.project([lon, lat]);
  return { x: box.left + x, y: box.top + y };
}

/** @returns {Promise<void>} */
export async function start() {
  await arrival();
  unhinder(map);
  await dress();
  map.on("move", settle);
  map.on("resize", settle);
  map.on("mousemove", (event) => hover(event.lngLat));
  map.on("click", (event) => placing && above.placed(event.lngLat.lng, event.lngLat.lat));
  byId("map-frame").addEventListener("keydown", nudge);
  new ResizeObserver(() => {
    look();
    settle();
  }).observe(graph);
  look();
  standing = true;
  drawMarks();
}

/** @returns {void} */
export const focus = () => byId("map-frame").focus({ preventScroll: true });

/** Whether it is dressed and looks where it should. */
export const ready = () => standing;
