/* What layers look like: their documents into traces and lines of the one map and marks above it, and what of them lies
   under the pointer. Nothing is ever made anew: a layer that is switched off is a trace without data. */
import { config } from "../lib/config.js";
import { number, t, time } from "../lib/format.js";
import { atEnd, listen } from "../lib/lifetime.js";
import { steps } from "../lib/ramp.js";
import { rem } from "../lib/sizes.js";
import * as map from "./map.js";
import { layOver } from "./over.js";
import * as overlay from "./overlay.js";
import * as tracks from "./tracks.js";

const NEAR_REM = 0.7; // so near to a mark means the mark
// Of MapLibre's heatmap: over points as dense everywhere, so much of their weight per radius squared adds up.
const KERNEL = (0.3989422804 * 2 * Math.PI) / 9;
const SAME_RADIUS = 0.03;

/** @typedef {import("../types").Point} Point */
/** @typedef {import("../types").Box} Box */
/** @typedef {import("../types").Mark} Mark */
/** @typedef {import("../types").Geometry} Geometry */

/** @type {Map<string, any>} */
const drawn = new Map(); // layer -> its document
/** @type {{ geometry: Geometry, n: number, box: Box }[]} */
let boxes = []; // of the fill: what to look through for the shape under the pointer
/** @type {Mark[]} */
let marks = [];
let radiusPx = 0;

const styles = () => config.styles;
/** @type {(key: string) => string} */
const paintOf = (key) => styles().layers[key].paint;
/** @type {(paint: string) => string[]} */
const ofPaint = (paint) => [...drawn.keys()].filter((key) => paintOf(key) === paint);

/* Only one ground is on at a time. */
const ground = () => [...drawn.keys()].find((key) => styles().layers[key].place === "ground") ?? null;
const covers = () => ground() !== null;

/** @type {Record<string, { show: (key: string, document: any) => void, hide: (key: string) => void }>} */
const painters = {
  fill: {
    show(key, { geojson, breaks }) {
      const ramp = steps(Math.max(1, breaks.length - 1));
      /** @type {{ id: string, geometry: Geometry, properties: { n: number, c: number } }[]} */
      const features = geojson.features;
      boxes = features.map(({ geometry, properties }) => ({ geometry, n: properties.n, box: boxOf(geometry) }));
      const z = features.map(({ properties }) => ramp[properties.c]);
      const trace = { visible: true, geojson: [geojson], locations: [features.map(({ id }) => id)], z: [z] };
      map.repaint({ traces: { [key]: () => trace }, ground: true });
    },
    hide(key) {
      boxes = [];
      const nothing = { type: "FeatureCollection", features: [] };
      const trace = { visible: false, geojson: [nothing], locations: [[]], z: [[]] };
      map.repaint({ traces: { [key]: () => trace }, ground: true });
    },
  },
  heat: {
    show(key, { lon, lat, weight, breaks }) {
      const radiusKm = radiusM(key) / 1000;
      const zmax = Math.max(KERNEL * full(breaks) * radiusKm ** 2, 1e-6);
      const trace = { visible: true, lon: [lon], lat: [lat], z: [weight], zmax };
      map.repaint({ traces: { [key]: () => ({ ...trace, radius: smeared(radiusKm) }) }, ground: true });
    },
    hide(key) {
      const trace = { visible: false, lon: [[]], lat: [[]], z: [[]] };
      map.repaint({ traces: { [key]: () => trace }, ground: true });
    },
  },
  outline: {
    show: () => outlinesChanged(),
    hide: () => outlinesChanged(),
  },
  mark: {
    show: () => marksChanged(),
    hide: () => marksChanged(),
  },
  track: {
    show: (key) => tracksChanged(key),
    hide: (key) => tracksChanged(key),
  },
};

/**
 * The density at which the last colour stands: where the last class begins.
 * @param {number[]} breaks
 * @returns {number}
 */
export const full = (breaks) => (breaks.length > 1 ? breaks[breaks.length - 2] || breaks[breaks.length - 1] : 1);

/** @type {(key: string) => number} */
const radiusM = (key) => styles()[key].radius_m[drawn.get(key).within ? "grid" : "city"];
/** @type {(radiusKm: number) => number} */
const pixels = (radiusKm) => Math.max(2, (1000 * radiusKm) / map.metresPerPixel());
/** @type {(radiusKm: number) => number} */
const smeared = (radiusKm) => (radiusPx = pixels(radiusKm));

/* A report is smeared over the same ground however near one looks. */
function zoomed() {
  ofPaint("heat").forEach((key) => {
    const radiusKm = radiusM(key) / 1000;
    if (Math.abs(pixels(radiusKm) / radiusPx - 1) < SAME_RADIUS) return;
    map.repaint({ traces: { [key]: () => ({ radius: smeared(radiusKm) }) } });
  });
}

const lines = () =>
  ofPaint("outline").map((key) => {
    const features = drawn.get(key).outlines.map((/** @type {{ geometry: Geometry }} */ { geometry }) => ({ type: "Feature", properties: {}, geometry }));
    return { style: styles().lines[key], source: { type: "FeatureCollection", features } };
  });

function outlinesChanged() {
  const outlines = ofPaint("outline").flatMap((key) => drawn.get(key).outlines);
  overlay.names(outlines.length ? outlines : null);
  map.repaint({ lines: true });
}

function marksChanged() {
  /** @type {(key: string) => (mark: any) => Mark} */
  const own = (key) => (mark) => ({ ...mark, style: styles()[key], said: [["layers.stream", mark.stream]] });
  marks = [...ofPaint("mark").flatMap((key) => drawn.get(key).marks.map(own(key))), ...ofPaint("track").flatMap(heads)];
  overlay.marks(marks);
}

/** @param {string} key */
function tracksChanged(key) {
  tracks.show(drawn.has(key) ? [drawn.get(key)] : [], styles()[key]);
  marksChanged();
}

/**
 * Where each was seen last is a mark like others.
 * @param {string} key
 * @returns {Mark[]}
 */
function heads(key) {
  /** @type {import("../types").Tracks} */
  const { moment, tracks: ways } = drawn.get(key);
  const { head, silent, silent_s: silentS } = styles()[key];
  return ways.map(({ code, name, post, lines: walked }) => {
    const [lon, lat, ageS] = walked[walked.length - 1].slice(-1)[0];
    const seen = time(new Date(new Date(moment).getTime() - 1000 * ageS), false);
    /** @type {[string, string][]} */
    const said = [["layers.post", t(`desk_post.${post}`)], ["layers.seen", seen]];
    return { code, name, lon, lat, said, style: ageS > silentS ? silent : head };
  });
}

/**
 * @param {string} key
 * @param {any} document
 * @returns {void}
 */
export function draw(key, document) {
  drawn.set(key, document);
  painters[paintOf(key)].show(key, document);
}

/**
 * @param {string} key
 * @returns {void}
 */
export function clear(key) {
  drawn.delete(key);
  painters[paintOf(key)].hide(key);
}

/* Under the pointer */
/** @type {(geometry: Geometry) => [number, number][][]} */
const ringsOf = ({ type, coordinates }) => /** @type {any} */ (type === "Polygon" ? [coordinates] : coordinates).flat();

/**
 * @param {Geometry} geometry
 * @returns {Box}
 */
function boxOf(geometry) {
  const places = ringsOf(geometry).flat();
  const lon = places.map((place) => place[0]);
  const lat = places.map((place) => place[1]);
  return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
}

/**
 * Even and odd crossings of a ray, over all rings: holes are not inside.
 * @param {Geometry} geometry
 * @param {Point} point
 */
function holds(geometry, { lon, lat }) {
  let inside = false;
  ringsOf(geometry).forEach((ring) => {
    ring.slice(1).forEach(([x2, y2], i) => {
      const [x1, y1] = ring[i];
      if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) * (x2 - x1)) / (y2 - y1)) inside = !inside;
    });
  });
  return inside;
}

/** @type {(box: Box, point: Point) => boolean} */
const within = ([west, south, east, north], { lon, lat }) => west <= lon && lon <= east && south <= lat && lat <= north;

/**
 * @param {Point} point
 * @returns {Mark | null}
 */
function markAt(point) {
  let least = NEAR_REM * rem();
  /** @type {Mark | null} */
  let nearest = null;
  for (const mark of marks) {
    const { x, y } = map.project([mark.lon, mark.lat]);
    const away = Math.hypot(x - point.x, y - point.y);
    if (away <= least) [nearest, least] = [mark, away];
  }
  return nearest;
}

/**
 * The mark there is; and whether a layer stands for the colour of the grid, with what it says.
 * @param {Point} point
 * @returns {import("../types").Found}
 */
export function at(point) {
  const key = ground();
  /** @type {import("../types").Found} */
  const found = { mark: markAt(point), replaced: key !== null, text: null };
  if (key !== null && paintOf(key) === "fill") {
    const shape = boxes.find(({ box, geometry }) => within(box, point) && holds(geometry, point));
    found.text = t("layers.here", { n: number(shape ? shape.n : 0), days: drawn.get(key).days });
  }
  return found;
}

/**
 * A mark that was pressed says all it has to say, until something else is pressed.
 * @param {Point} point
 * @returns {boolean} whether there was one
 */
function press(point) {
  const mark = markAt(point);
  hideCard(mark === null);
  if (mark) fillCard(mark);
  return mark !== null;
}

const card = () => document.getElementById("mark-card");

/** @param {boolean} hidden */
function hideCard(hidden) {
  const found = card();
  if (found) found.hidden = hidden;
}

/** @param {Mark} mark */
function fillCard(mark) {
  /** @type {(tag: string, text: string, className: string) => HTMLElement} */
  const make = (tag, text, className) => Object.assign(document.createElement(tag), { textContent: text, className });
  /** @type {[string, string][]} */
  const entries = [["layers.code", mark.code], ...mark.said];
  const list = document.createElement("dl");
  list.append(...entries.flatMap(([label, text]) => [make("dt", t(label), ""), make("dd", text, "")]));
  card()?.querySelector(".content")?.replaceChildren(make("strong", mark.name, ""), list);
}

function reset() {
  drawn.clear();
  [boxes, marks, radiusPx] = [[], [], 0];
}

/** @returns {void} */
export function start() {
  atEnd(reset);
  layOver({ covers, lines, press, at, zoomed });
  listen(document, "click", ({ target }) => {
    if (target.closest(".close") || !target.closest("#mark-card, .map")) hideCard(true);
  });
}
