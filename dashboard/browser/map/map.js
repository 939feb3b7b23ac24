/* The map: geometry, camera and borders of the view, one change after the other. */
import * as grids from "../city/grids.js";
import { after, atEnd, sizeObserver } from "../lib/lifetime.js";
import { graphOf, relayout, restyle, update } from "../lib/plotly.js";
import { calm } from "../lib/sizes.js";
import * as basemap from "./basemap.js";
import { cameraAt, cameraOn, metresPerPixel as metresOf } from "./camera.js";
import { addressOf, borders, layer, reach } from "./geometry.js";
import { mend } from "./mends.js";
import { over } from "./over.js";
import * as overlay from "./overlay.js";
import * as pointer from "./pointer.js";
import * as standing from "./standing.js";
import { GRIDS, canvasMap, fits, start as startState, state } from "./state.js";
import * as turns from "./turns.js";
import * as values from "./values.js";

/** @typedef {import("../types").View} View */
/** @typedef {import("./camera.js").Camera} Camera */

const MOVE_MS = 700;
const RETRY_MS = 2000;
const LATE_MS = 1500;
const READY_MS = 50;

/** @type {object[]} */
let lined = []; // the borders on the map
let callOffLate = () => {};
let followed = false;

/** @param {() => Promise<unknown>} change a view that was overtaken is not drawn: it follows from the last one that was */
const inTurn = (change) => turns.inTurn(ready, change);

/** @type {() => object[]} */
const allLines = () => [...lined, ...over.lines().map(({ style, source }) => layer(style, source))];

/**
 * Geometry and borders of a level; false where the view was overtaken. Values follow with the next message; until then no
 * grid has data.
 * @param {View} view
 * @returns {Promise<boolean>}
 */
async function dress(view) {
  const all = grids.ofLevel(view.level);
  const known = fits(state.newest) ? values.stepsOf(state.newest) : all.map(() => values.NO_DATA);
  await Promise.all(Array.from({ length: view.level }, (_, above) => reach(addressOf(above + 1))));
  const lines = await borders(view);
  if (view !== state.shown) return false;
  lined = lines;
  const trace = { geojson: addressOf(view.level), locations: [all.map((grid, position) => position)], z: [known] };
  await update(state.graph, trace, { "map.layers": allLines() }, [GRIDS]);
  overlay.show(view);
  return true;
}

/**
 * Beside the panels where they lie over the map, else in the middle of it.
 * @param {string | null} within
 */
function cameraFor(within) {
  const stand = standing.of(within, state.graph);
  return stand ? cameraAt(stand, state.graph) : cameraOn(grids.bbox(within), state.graph);
}

/** @param {Camera} camera */
async function settle({ center, zoom }) {
  state.moving = false;
  await relayout(state.graph, { "map.center": center, "map.zoom": zoom, "map.bearing": 0, "map.pitch": 0 });
  // Plotly sets the centre before the zoom; where the whole world is lower than the map, MapLibre then keeps the equator.
  canvasMap()?.jumpTo({ center: [center.lon, center.lat], zoom });
}

/**
 * Plotly keeps its own copy of the camera: move MapLibre smoothly, then tell Plotly where it stands.
 * @param {Camera} camera
 * @param {boolean} smooth
 * @returns {Promise<void>}
 */
function moveTo(camera, smooth) {
  const map = canvasMap();
  if (!smooth || calm() || !map) return settle(camera);
  state.moving = true;
  return new Promise((resolve) => {
    let done = false;
    const end = () => {
      if (done) return;
      done = true;
      callOff();
      resolve(settle(camera));
    };
    map.once("moveend", end);
    const callOff = after(2 * MOVE_MS, end);
    map.easeTo({ center: [camera.center.lon, camera.center.lat], zoom: camera.zoom, duration: MOVE_MS });
  });
}

/**
 * @param {View} view
 * @returns {void}
 */
export function show(view) {
  state.shown = view;
  tellLate();
  wear(view);
}

/* A map that is empty, or still of another place than the page, must not look as if that were all. */
function tellLate() {
  const word = document.getElementById("map-late");
  const isLate = state.drawn !== state.shown;
  callOffLate();
  if (word) word.hidden = !isLate || word.hidden;
  if (isLate) callOffLate = after(LATE_MS, sayLate);
}

function sayLate() {
  const word = document.getElementById("map-late");
  if (word) word.hidden = false;
  else callOffLate = after(LATE_MS, sayLate); // the page itself is not there yet
}

/**
 * A server that is away now is asked again; until it answers, the map keeps the view that it has.
 * @param {View} view
 */
function wear(view) {
  inTurn(async () => {
    if (view !== state.shown) return;
    const { drawn } = state;
    const moved = drawn === null || drawn.within !== view.within;
    const changed = drawn === null || moved || drawn.level !== view.level;
    if (drawn === null) await moveTo(cameraFor(view.within), false);
    try {
      if (changed && !(await dress(view))) return;
    } catch {
      after(RETRY_MS, () => wear(view));
      return;
    }
    state.drawn = view;
    tellLate();
    if (moved && drawn !== null && view === state.shown) {
      state.touched = false;
      await moveTo(cameraFor(view.within), true);
    } else refit(); // the panels may have grown while the map was dressed
    values.schedule();
  });
}

/* What lies beside the city has another size; where the viewer moved the map, it stays there. */
function refit() {
  inTurn(async () => {
    const { drawn, shown, touched } = state;
    if (!drawn || drawn !== shown || touched) return;
    await moveTo(cameraFor(drawn.within), true);
    values.schedule(); // numbers that came meanwhile were not poured
  });
}

/**
 * What the layers changed: traces by name, with what gives their look once it is their turn; the grids' own colours;
 * lines over them.
 * @param {{ traces?: Record<string, () => object>, ground?: boolean, lines?: boolean }} changes
 * @returns {void}
 */
export function repaint({ traces = {}, ground = false, lines = false }) {
  inTurn(async () => {
    const { graph } = state;
    for (const [name, style] of Object.entries(traces)) {
      const at = graph.data.findIndex((/** @type {{ name: string }} */ trace) => trace.name === name);
      await restyle(graph, style(), [at]);
    }
    if (ground) values.repaint();
    if (lines && state.drawn) await relayout(graph, { "map.layers": allLines() });
  });
}

/** @returns {Promise<void>} once Plotly's map stands */
function ready() {
  return new Promise((resolve) => {
    const look = () => {
      state.graph = graphOf("map");
      if (!canvasMap()?.isStyleLoaded()) return void after(READY_MS, look);
      follow();
      return resolve();
    };
    look();
  });
}

function follow() {
  if (followed) return;
  followed = true;
  mend(canvasMap());
  pointer.follow();
  overlay.attach(canvasMap());
  basemap.unhinder(canvasMap());
  sizeObserver(() => {
    if (!state.touched && state.shown) settle(cameraFor(state.shown.within));
  }).observe(state.graph);
  standing.follow(refit);
}

/** @returns {void} */
export function start() {
  [startState, values.start, turns.start].forEach((begin) => begin());
  atEnd(() => {
    [lined, followed] = [[], false];
  });
}

/** @type {(place: import("../types").Place) => { x: number, y: number }} in pixels of the map */
export const project = (place) => canvasMap().project(place);

/** @returns {number} */
export const metresPerPixel = () => metresOf(canvasMap());

/**
 * @param {number} lon
 * @param {number} lat
 * @returns {{ x: number, y: number } | null} in pixels of the page; null while there is no map
 */
export function pixelOf(lon, lat) {
  const map = canvasMap();
  if (!map) return null;
  const box = state.graph.getBoundingClientRect();
  const { x, y } = map.project([lon, lat]);
  return { x: box.left + x, y: box.top + y };
}

/** Whether nothing is about to change on the map. */
export const settled = () => turns.isIdle() && state.drawn === state.shown && !standing.isWaiting();
