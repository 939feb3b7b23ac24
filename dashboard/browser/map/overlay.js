/* Names, lights and rings above the map. Drawn here, in the browser's own fonts: MapLibre would ask another host for
   glyphs and sprites, and would scale its letters. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { short } from "../lib/format.js";
import { after, atEnd, isRunning, listen, sizeObserver } from "../lib/lifetime.js";
import { calm, cleared, rem } from "../lib/sizes.js";
import { drawLight, drawRing, outlineOf } from "./shapes.js";
import { tip } from "./tip.js";
import * as tracks from "./tracks.js";

/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {[number, number]} Pair */
/** @typedef {{ text: string, at: import("../types").Place, bbox?: import("../types").Box }} Name */
/** @typedef {{ id: number, at: import("../types").Place, light: string, since: number }} Light */

const RING_MS = 100; // a step of a ring; every step has the whole map put together anew, which without a graphics card takes long
const CALM_MS = 1000;
const MOST_SEEN = 5000;
const MOVES = ["move", "resize", "load"];

/** @type {any} */
let map = null; // of MapLibre
/** @type {HTMLCanvasElement | null} */
let canvas = null;
/** @type {Light[]} */
let lights = [];
/** @type {Name[]} */
let gridNames = [];
/** @type {Name[] | null} */
let unitNames = null; // names of outlines that lie on the map, in place of those of grids
/** @type {import("../types").Mark[]} */
let markers = []; // what layers put there: places with a name
/** @type {Map<number, number | null>} */
const seen = new Map(); // incident id -> when its ring began, or null where it was here before us
let running = false;
/** @type {string[]} */
let written = []; // the names that have found a place

function reset() {
  if (map) MOVES.forEach((event) => map.off(event, draw));
  canvas?.remove();
  seen.clear();
  [map, canvas, lights, gridNames, unitNames, markers, running, written] = [null, null, [], [], null, [], false, []];
}

/**
 * @param {any} maplibre
 * @returns {void}
 */
export function attach(maplibre) {
  atEnd(reset);
  map = maplibre;
  canvas = document.createElement("canvas");
  document.getElementById("map-overlay")?.replaceChildren(tracks.attach(map), canvas);
  MOVES.forEach((event) => map.on(event, draw));
  sizeObserver(draw).observe(canvas);
  const area = document.querySelector(".map");
  if (area) listen(area, "mouseleave", () => tip(null));
  draw();
}

/**
 * @param {import("../types").View} view
 * @returns {void}
 */
export function show(view) {
  const level = Math.min(grids.levelOf(view.within) + 1, grids.depth());
  const leaf = grids.levelOf(view.within) === grids.depth() ? grids.get(view.within) : null;
  gridNames = (leaf ? [leaf] : grids.inside(view.within, level))
    .filter((grid) => grid.label)
    .sort((a, b) => b.area_m2 - a.area_m2)
    .map((grid) => ({ text: short(grid.name), at: grid.label, bbox: grid.bbox }));
  draw();
}

/**
 * @param {{ name: string, label: import("../types").Place }[] | null} next
 * @returns {void}
 */
export function names(next) {
  unitNames = next && next.map((entry) => ({ text: entry.name, at: entry.label }));
  draw();
}

/**
 * @param {import("../types").Mark[]} next
 * @returns {void}
 */
export function marks(next) {
  markers = next;
  draw();
}

/**
 * @param {import("../types").Points} next
 * @returns {void}
 */
export function points(next) {
  const first = seen.size === 0;
  const limit = config.styles.points.ring_s;
  lights = next.id.map((id, i) => ({ id, at: [next.lon[i], next.lat[i]], light: next.light[i], since: Date.now() - 1000 * next.age_s[i] }));
  lights.forEach((light) => {
    if (!seen.has(light.id)) seen.set(light.id, ageOf(light) < limit && !first ? performance.now() : null);
  });
  if (seen.size > MOST_SEEN) keepOnly(lights);
  draw();
  animate();
}

/** @param {Light[]} wanted */
function keepOnly(wanted) {
  const ids = new Set(wanted.map((light) => light.id));
  [...seen.keys()].filter((id) => !ids.has(id)).forEach((id) => seen.delete(id));
}

/**
 * An unchanged frame is not sent again: ages grow here.
 * @param {Light} light
 */
const ageOf = (light) => (Date.now() - light.since) / 1000;

/** @param {number} id */
function ringAge(id) {
  const began = seen.get(id);
  return began ? (performance.now() - began) / 1000 : Infinity;
}

function animate() {
  if (running) return;
  running = true;
  const step = () => {
    if (!isRunning()) return;
    const alive = lights.some((light) => ringAge(light.id) < config.styles.points.ring_s);
    draw();
    if (alive) after(calm() ? CALM_MS : RING_MS, () => requestAnimationFrame(step));
    else running = false;
  };
  step();
}

function draw() {
  const pen = canvas?.getContext("2d", { willReadFrequently: true });
  if (!map || !canvas || !pen) return;
  const { width, height } = cleared(canvas, pen);
  paint(pen, width, height);
}

/** @type {Record<string, number>} */
const ORDER = { none: 0, yellow: 1, red: 2 };

/**
 * Onto any canvas whose units are the map's pixels.
 * @param {Pen} pen
 * @param {number} width
 * @param {number} height
 * @returns {void}
 */
export function paint(pen, width, height) {
  const unit = rem();
  drawMarks(pen, unit, width, height);
  const shown = lights.filter((light) => light.light !== "none" || ageOf(light) < config.styles.points.new_s);
  shown.sort((a, b) => (ORDER[a.light] ?? 0) - (ORDER[b.light] ?? 0)).forEach((light) => drawPoint(pen, unit, light));
  drawNames(pen, unit, width, height);
}

/** @type {(a: import("../types").Box, b: import("../types").Box) => boolean} */
const overlaps = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

// Where a name may stand, from the middle of its grid, in its own heights; the middle is the best.
const SHIFTS = [[0, 0], [0, -1.3], [0, 1.3], [0, -2.4], [0, 2.4], [-2, 0], [2, 0], [-2, -1.3], [2, -1.3], [-2, 1.3], [2, 1.3]];

/**
 * The middle of a grid on the map, and the room that its name has round it: no name leaves its grid's box.
 * @param {Name} name
 * @returns {{ middle: { x: number, y: number }, room: import("../types").Box | null }}
 */
function seatOf({ at, bbox }) {
  const middle = map.project(at);
  if (!bbox) return { middle, room: null };
  const [a, b] = [map.project([bbox[0], bbox[3]]), map.project([bbox[2], bbox[1]])];
  return { middle, room: [a.x, a.y, b.x, b.y] };
}

/**
 * The smallest grid is the first to have a place: it has the fewest. A larger one moves aside within itself, and a name
 * that finds no place at all is left out.
 * @param {Pen} pen
 * @param {number} unit
 * @param {number} width
 * @param {number} height
 */
function drawNames(pen, unit, width, height) {
  const style = config.styles.labels;
  const size = style.size * unit;
  const pad = style.padding * unit;
  pen.font = `500 ${size}px ${getComputedStyle(document.body).fontFamily}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  /** @type {import("../types").Box[]} */
  const placed = [];
  written = [];
  [...(unitNames ?? gridNames)].reverse().forEach((name) => {
    const { text } = name;
    const { middle, room } = seatOf(name);
    const half = pen.measureText(text).width / 2;
    /** @type {(place: Pair) => import("../types").Box} */
    const boxAt = ([x, y]) => [x - half - pad, y - size / 2 - pad, x + half + pad, y + size / 2 + pad];
    /** @type {(place: Pair) => boolean} */
    const isFree = (place) => {
      const box = boxAt(place);
      const outside = box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height;
      const strays = room && (place[0] < room[0] || place[0] > room[2] || place[1] < room[1] || place[1] > room[3]);
      return !outside && !strays && !placed.some((other) => overlaps(box, other));
    };
    const seat = SHIFTS.map(([dx, dy]) => /** @type {Pair} */ ([middle.x + dx * size, middle.y + dy * size])).find(isFree);
    if (!seat) return;
    placed.push(boxAt(seat));
    written.push(text);
    writeName(pen, text, seat, size);
  });
}

/**
 * @param {Pen} pen
 * @param {string} text
 * @param {Pair} seat
 * @param {number} size
 */
function writeName(pen, text, [x, y], size) {
  const { halo, color } = config.styles.labels;
  pen.strokeStyle = halo;
  pen.lineWidth = size * 0.28;
  pen.globalAlpha = 0.85;
  pen.strokeText(text, x, y);
  pen.globalAlpha = 1;
  pen.fillStyle = color;
  pen.fillText(text, x, y);
}

/**
 * Below the lights: they are what somebody must see.
 * @param {Pen} pen
 * @param {number} unit
 * @param {number} width
 * @param {number} height
 */
function drawMarks(pen, unit, width, height) {
  const inView = markers.map((mark) => ({ ...map.project([mark.lon, mark.lat]), style: mark.style }))
    .filter(({ x, y }) => x > -unit && y > -unit && x < width + unit && y < height + unit);
  inView.forEach(({ x, y, style }) => {
    outlineOf(pen, style.shape, x, y, ((inView.length > style.many ? style.small : style.size) * unit) / 2);
    pen.fillStyle = style.color;
    pen.fill();
    pen.strokeStyle = style.line;
    pen.lineWidth = unit * 0.1;
    pen.stroke();
  });
}

/**
 * @param {Pen} pen
 * @param {number} unit
 * @param {Light} light
 */
function drawPoint(pen, unit, light) {
  const { x, y } = map.project(light.at);
  drawLight(pen, light.light, x, y, unit);
  drawRing(pen, unit, x, y, ringAge(light.id));
}

/** The names that have found a place, for tests and for support. */
export const namesWritten = () => written;
