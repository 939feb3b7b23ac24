/* Shapes and borders of the grids: geometry that has come once lies in the browser's cache. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { patience } from "../lib/lifetime.js";
import { rem } from "../lib/sizes.js";
import { detail } from "./state.js";

const PATIENCE_MS = 30000;

/** @type {(level: number) => string} */
export const addressOf = (level) => config.geometry_url.replace("{level}", String(level)).replace("{detail}", String(detail()));

/** @type {Set<string>} */
const reached = new Set();

/**
 * Plotly and MapLibre do not ask again for what did not come.
 * @param {string} address
 * @returns {Promise<void>}
 */
export async function reach(address) {
  if (reached.has(address)) return;
  const answer = await fetch(address, { signal: patience(PATIENCE_MS) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  await answer.arrayBuffer();
  reached.add(address);
}

/**
 * A line as Plotly's maps take it.
 * @param {import("../types").LineStyle} style
 * @param {string | object} source
 * @returns {object}
 */
export const layer = (style, source) => ({
  sourcetype: "geojson",
  source,
  type: "line",
  color: style.color,
  opacity: style.opacity,
  line: { ...style.line, width: (style.line.width * rem()) / 16 },
});

/**
 * @param {import("../types").View} view
 * @returns {Promise<object[]>}
 */
export async function borders(view) {
  const { lines } = config.styles;
  const layers = [];
  for (let level = Math.max(1, view.level - 1); level >= 1; level -= 1) {
    layers.push(layer(level === 1 ? lines.first : lines.middle, addressOf(level)));
  }
  const focus = view.within && (await feature(view.within));
  if (focus) layers.push(layer(lines.focus, focus));
  return layers;
}

/**
 * @param {string} id
 * @returns {Promise<object | null>}
 */
async function feature(id) {
  const grid = grids.get(id);
  if (!grid) return null;
  try {
    const response = await fetch(addressOf(grid.level), { signal: patience() });
    const collection = await response.json();
    return collection.features.find((/** @type {{ id: string }} */ entry) => entry.id === grid.code) || null;
  } catch {
    return null; // the outline is a help, not the picture
  }
}
