/* The map on paper. What WebGL drew is gone when a page is printed: its picture is taken at once, finer than the screen, and
   its colours are changed for those of paper. */
import { config } from "../lib/config.js";
import { graphOf, mapOf } from "../lib/plotly.js";

const FINER = 3; // pixels of paper per pixel of the page
const WIDEST = 1800; // of a sheet, in pixels

const SHARES = [1, 0.75, 0.5, 0.25]; // of an edge's pixel that its line covers
const BETWEEN = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875];
const ID = "map-paper";

/** @typedef {import("../types").Dress} Dress */
/** @typedef {(pen: Pen, width: number, height: number) => void} Paint onto a canvas whose units are the map's pixels */
/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {number[]} Channels red, green and blue */
/** @typedef {Channels[]} Pair a colour, and its counterpart */

/** @type {(hex: string) => Channels} */
const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
/** @type {(under: Channels, over: Channels, share: number) => Channels} */
const mixed = (under, over, share) => under.map((value, i) => value + share * (over[i] - value));

/**
 * Every colour that the map may have, and its counterpart: of the ground, of lines over it, and between two steps.
 * @param {Dress} screen
 * @param {Map<string, string>} table
 * @returns {Pair[]}
 */
function counterparts({ palette, styles }, table) {
  /** @type {(colour: string) => Pair} */
  const pair = (colour) => [colour, table.get(colour.toLowerCase()) ?? colour].map(channels);
  const scale = [palette.no_data, ...palette.ramp].map(pair);
  const ground = [...scale, pair(palette.ink), pair(palette.outside)];
  const lines = [{ color: palette.leaf_border, opacity: 1 }, ...Object.values(styles.lines)];
  const found = [...ground];
  /** @type {(a: Pair, b: Pair, share: number) => void} */
  const blend = (a, b, share) => found.push([mixed(a[0], b[0], share), mixed(a[1], b[1], share)]);
  scale.slice(1).forEach((step, i) => BETWEEN.forEach((share) => blend(scale[i], step, share)));
  lines.forEach(({ color, opacity }) => ground.forEach((under) => SHARES.forEach((share) => blend(under, pair(color), share * opacity))));
  return found;
}

/**
 * Each pixel gets the counterpart of the colour that is nearest to it.
 * @param {Pen} pen
 * @param {number} width
 * @param {number} height
 * @param {Pair[]} known
 */
function recolour(pen, width, height, known) {
  const picture = pen.getImageData(0, 0, width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  const found = new Map();
  for (let i = 0; i < pixels.length; i += 1) {
    const value = pixels[i];
    let next = found.get(value);
    if (next === undefined) {
      next = nearest([value & 255, (value >> 8) & 255, (value >> 16) & 255], known);
      found.set(value, next);
    }
    pixels[i] = next;
  }
  pen.putImageData(picture, 0, 0);
}

/**
 * @param {Channels} colour
 * @param {Pair[]} known
 */
function nearest([r, g, b], known) {
  let least = Infinity;
  /** @type {Channels} */
  let best = [0, 0, 0];
  known.forEach(([from, to]) => {
    const away = (from[0] - r) ** 2 + (from[1] - g) ** 2 + (from[2] - b) ** 2;
    if (away < least) [least, best] = [away, to];
  });
  const [x, y, z] = best.map(Math.round);
  return ((255 << 24) | (z << 16) | (y << 8) | x) >>> 0;
}

/**
 * The drawing buffer is empty again after this task: drawn and copied in one go.
 * @param {any} map of MapLibre
 * @param {Pen} pen
 * @param {number} width
 * @param {number} height
 * @param {number} ratio
 */
function copied(map, pen, width, height, ratio) {
  const before = map.getPixelRatio();
  map.setPixelRatio(ratio);
  map.redraw();
  pen.drawImage(map.getCanvas(), 0, 0, width, height);
  map.setPixelRatio(before);
  map.redraw();
}

/** @type {(map: any) => boolean} */
const over = (map) => map.getStyle().layers.some((/** @type {{ type: string }} */ { type }) => type === "raster");

/**
 * Lay the picture over the map's own canvas; style sheets show it on paper alone.
 * @param {Dress} screen
 * @param {Map<string, string>} table
 * @param {Paint | null} paintOver
 * @returns {void}
 */
export function lay(screen, table, paintOver) {
  const graph = graphOf("map");
  const map = mapOf(graph);
  if (!map || !map.style || !graph.clientWidth) return;
  map.resize();
  const { clientWidth: wide, clientHeight: high } = graph;
  const canvas = document.createElement("canvas");
  canvas.id = ID;
  canvas.className = "map-paper";
  const ratio = Math.max(1, Math.min(FINER, WIDEST / wide));
  [canvas.width, canvas.height] = [Math.round(wide * ratio), Math.round(high * ratio)];
  [canvas.style.width, canvas.style.aspectRatio] = [`${wide}px`, `${wide} / ${high}`];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return;
  copied(map, pen, canvas.width, canvas.height, ratio);
  const same = [...table].every(([from, to]) => from === to);
  if (!same && !over(map)) recolour(pen, canvas.width, canvas.height, counterparts(screen, table));
  if (paintOver) {
    tracks(pen, canvas.width, canvas.height);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintOver(pen, wide, high);
  }
  take();
  graph.closest(".map, .desk-map").prepend(paintOver ? trimmed(canvas, ratio) : canvas);
}

/**
 * Without the empty ground round the city.
 * @param {HTMLCanvasElement} canvas
 * @param {number} ratio
 */
function trimmed(canvas, ratio) {
  const { width, height } = canvas;
  const data = canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
  const [r, g, b] = channels(config.palette.ink);
  let [west, north, east, south] = [width, height, -1, -1];
  for (let at = 0; at < data.length; at += 4) {
    if (Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) <= 3) continue;
    const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
    if (x < west) west = x;
    if (x > east) east = x;
    if (y < north) north = y;
    south = y;
  }
  if (east < 0) return canvas;
  const cut = Object.assign(/** @type {HTMLCanvasElement} */ (canvas.cloneNode()), { width: east - west + 1, height: south - north + 1 });
  cut.style.width = `${cut.width / ratio}px`;
  cut.style.aspectRatio = `${cut.width} / ${cut.height}`;
  cut.getContext("2d")?.drawImage(canvas, -west, -north);
  return cut;
}

/**
 * Ways are of one colour, in several strengths.
 * @param {Pen} pen
 * @param {number} width
 * @param {number} height
 */
function tracks(pen, width, height) {
  /** @type {HTMLCanvasElement | null} */
  const drawn = document.querySelector(".map-overlay canvas.tracks");
  if (!drawn?.width) return;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const own = copy.getContext("2d");
  if (!own) return;
  own.drawImage(drawn, 0, 0, width, height);
  own.globalCompositeOperation = "source-in";
  own.fillStyle = config.palette.text;
  own.fillRect(0, 0, width, height);
  pen.drawImage(copy, 0, 0);
}

/** @returns {void} */
export function take() {
  document.getElementById(ID)?.remove();
}
