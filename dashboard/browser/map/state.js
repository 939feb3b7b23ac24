/* What the parts of the map have in common: Plotly's graph, and which view is wished for, and which is drawn. */
import { atEnd } from "../lib/lifetime.js";
import { mapOf } from "../lib/plotly.js";

/** @typedef {import("../types").View} View */

export const GRIDS = 0; // the choropleth is the figure's first trace

const NOTHING = {
  graph: /** @type {any} */ (null), // Plotly's div
  shown: /** @type {View | null} */ (null), // the view wished for
  drawn: /** @type {View | null} */ (null), // the one whose geometry and camera are on the map
  newest: /** @type {import("../types").MapDocument | null} */ (null), // the newest map message, poured or not
  moving: false,
  touched: false, // the viewer moved the camera
};

export const state = { ...NOTHING };

/** @returns {void} */
export function start() {
  atEnd(() => Object.assign(state, NOTHING));
}

/** The MapLibre map; null while there is none. */
export const canvasMap = () => mapOf(state.graph);

/**
 * Whether a map message is of the view wished for.
 * @param {import("../types").MapDocument | null} message
 * @returns {message is import("../types").MapDocument}
 */
export function fits(message) {
  const { shown } = state;
  if (!shown || !message) return false;
  return message.level === shown.level && message.kpi === shown.kpi && (message.within || null) === shown.within;
}

/** Nearer, borders are drawn finer; all of one picture in the same detail, so that they coincide. */
export const detail = () => (state.shown?.within ? Math.min(3, 1 + Number(state.shown.within.split(":")[0])) : 1);
