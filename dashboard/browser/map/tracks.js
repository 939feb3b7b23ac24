/* The ways of devices on duty, on a canvas of their own below that of lights and names: it is drawn anew when the map moves or
   a document comes, not with every step of a ring. */
import { atEnd, sizeObserver } from "../lib/lifetime.js";
import { cleared, rem } from "../lib/sizes.js";

/** @type {any} */
let map = null; // of MapLibre
/** @type {HTMLCanvasElement | null} */
let canvas = null;
/** @type {CanvasRenderingContext2D | null} */
let pen = null;
let x = new Float64Array(0); // of all points, in Web Mercator: a world of 1
let y = new Float64Array(0);
/** @type {[number, number][][]} */
let steps = []; // of each opacity, runs [from, to] of points that belong together
/** @type {any} */
let style = null;
let empty = true; // the canvas

/**
 * @param {any} maplibre
 * @returns {HTMLCanvasElement}
 */
export function attach(maplibre) {
  map = maplibre;
  const made = document.createElement("canvas");
  made.className = "tracks";
  canvas = made;
  pen = made.getContext("2d", { willReadFrequently: true });
  ["move", "resize", "load"].forEach((event) => maplibre.on(event, draw));
  sizeObserver(draw).observe(made);
  atEnd(() => {
    ["move", "resize", "load"].forEach((event) => maplibre.off(event, draw));
    [map, canvas, pen, style, empty] = [null, null, null, null, true];
    [x, y, steps] = [new Float64Array(0), new Float64Array(0), []];
  });
  return made;
}

/** @type {(lon: number) => number} */
const mercatorX = (lon) => (lon + 180) / 360;
/** @type {(lat: number) => number} */
const mercatorY = (lat) => (1 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / Math.PI) / 2;
/** @type {(value: number) => number} */
const lonOf = (value) => 360 * value - 180;
/** @type {(value: number) => number} */
const latOf = (value) => (360 / Math.PI) * Math.atan(Math.exp(Math.PI * (1 - 2 * value))) - 90;

/**
 * `layers/tracks.py` does the same.
 * @param {number} ageS
 * @param {number} spanS
 * @param {number} count
 */
function stepOf(ageS, spanS, count) {
  return Math.min(count - 1, Math.max(0, count - 1 - Math.floor((ageS * count) / spanS)));
}

/**
 * Documents of the layer; none empties it.
 * @param {import("../types").Tracks[]} documents
 * @param {any} look
 * @returns {void}
 */
export function show(documents, look) {
  style = look;
  const lines = documents.flatMap(({ minutes, tracks }) =>
    tracks.flatMap((track) => track.lines.map((line) => ({ line, spanS: 60 * minutes }))),
  );
  const count = lines.reduce((sum, { line }) => sum + line.length, 0);
  if (count !== x.length) [x, y] = [new Float64Array(count), new Float64Array(count)];
  steps = style ? style.opacities.map(() => /** @type {[number, number][]} */ ([])) : [];
  let at = 0;
  lines.forEach(({ line, spanS }) => {
    line.forEach(([lon, lat, ageS], i) => {
      x[at] = mercatorX(lon);
      y[at] = mercatorY(lat);
      if (i) join(steps[stepOf(ageS, spanS, steps.length)], at);
      at += 1;
    });
  });
  draw();
}

/**
 * @param {[number, number][]} runs
 * @param {number} at
 */
function join(runs, at) {
  const last = runs[runs.length - 1];
  if (last && last[1] === at - 1) last[1] = at;
  else runs.push([at - 1, at]);
}

/**
 * From a world of 1 to pixels. Looked at from straight above it is the same linear map everywhere, so that three places tell
 * those of all; MapLibre's own way is many times slower.
 * @returns {(i: number) => { x: number, y: number }}
 */
function toPixels() {
  if (map.getPitch()) return (i) => map.project([lonOf(x[i]), latOf(y[i])]);
  const { lng, lat } = map.getCenter();
  const [x0, y0, far] = [mercatorX(lng), mercatorY(lat), 2 ** -map.getZoom() / 4];
  const origin = map.project([lng, lat]);
  const east = map.project([lonOf(x0 + far), lat]);
  const south = map.project([lng, latOf(y0 + far)]);
  const [a, b, c, d] = [east.x - origin.x, south.x - origin.x, east.y - origin.y, south.y - origin.y].map((part) => part / far);
  return (i) => ({ x: origin.x + a * (x[i] - x0) + b * (y[i] - y0), y: origin.y + c * (x[i] - x0) + d * (y[i] - y0) });
}

function draw() {
  if (!map || !canvas || !pen || (empty && !x.length)) return;
  const brush = pen;
  cleared(canvas, brush);
  empty = !x.length;
  if (empty) return;
  const pixel = toPixels();
  const wide = style.width * rem();
  brush.lineCap = "round";
  brush.lineJoin = "round";
  // What is older lies below.
  steps.forEach((runs, step) => {
    brush.globalAlpha = style.opacities[step];
    brush.beginPath();
    runs.forEach((run) => trace(brush, pixel, run));
    brush.strokeStyle = style.seam;
    brush.lineWidth = 2.2 * wide;
    brush.stroke();
    brush.strokeStyle = style.color;
    brush.lineWidth = wide;
    brush.stroke();
  });
  brush.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} brush
 * @param {(i: number) => { x: number, y: number }} pixel
 * @param {[number, number]} run
 */
function trace(brush, pixel, [from, to]) {
  const begin = pixel(from);
  brush.moveTo(begin.x, begin.y);
  for (let i = from + 1; i <= to; i += 1) {
    const next = pixel(i);
    brush.lineTo(next.x, next.y);
  }
}

/** For tests and for support: how many points, in which runs of each opacity. */
export const state = () => ({ points: x.length, runs: steps.map((runs) => runs.length) });
