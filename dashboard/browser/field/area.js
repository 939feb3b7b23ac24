/* Where the worker works: own grid, the grid above it with its parts, their borders. Kept on the phone. */

import { ask } from "./net.js";
import { keep, kept } from "./vault.js";

/** @import { Area, Kept, Me, Part, Shape } from "./types" */
/** @typedef {Part & { level: number, parent: string | null }} Grid a grid of the API */
/** @typedef {{ id: string | number, geometry: { type: "Polygon", coordinates: Shape["rings"] } | { type: "MultiPolygon", coordinates: Shape["rings"][] } }} Feature */

const DAY_MS = 24 * 3600 * 1000;
const DETAIL = 3;

/**
 * Kept borders are good for a day, older ones better than none. Null where nothing is known.
 * @param {Me} me
 * @returns {Promise<Area | null>}
 */
export async function areaOf(me) {
  const home = homeOf(me);
  const key = `area:${home}`;
  /** @type {Kept<Area> | undefined} */
  const found = await kept(key);
  if (found && Date.now() - found.at < DAY_MS) return found.value;
  try {
    const value = await fetchArea(home);
    await keep(key, { value, at: Date.now() });
    return value;
  } catch {
    return found ? found.value : null;
  }
}

/**
 * Id of the grid of the worker's post; "" for the whole city.
 * @param {Me} me
 */
function homeOf(me) {
  const at = (me.person && me.person.at) || "";
  return /^\d+:/.test(at) ? at : (me.within || [])[0] || "";
}

/**
 * @param {string} home
 * @returns {Promise<Area>}
 */
async function fetchArea(home) {
  /** @type {{ grids: Grid[], depth: number, city: string }} */
  const { grids, depth, city } = (await ask("GET", "/grids")).data;
  const byId = new Map(grids.map((grid) => [grid.id, grid]));
  const own = byId.get(home) || null;
  const above = own && own.level === depth && own.parent ? (byId.get(own.parent) ?? null) : own;
  const level = Math.min((above ? above.level : 0) + 1, depth);
  const parts = grids.filter((grid) => grid.level === level && (!above || grid.parent === above.id || grid.id === above.id));
  return {
    own: own && { id: own.id, code: own.code, name: own.name },
    name: above ? above.name : city,
    path: path(own, byId),
    parts: parts.map(({ id, code, name, label }) => ({ id, code, name, label })),
    shapes: await borders(level, new Set(parts.map((part) => part.code))),
  };
}

/**
 * @param {Grid | null} grid
 * @param {Map<string, Grid>} byId
 */
function path(grid, byId) {
  /** @type {string[]} */
  const names = [];
  for (let one = grid; one; one = (one.parent && byId.get(one.parent)) || null) names.unshift(one.name);
  return names;
}

/**
 * @param {number} level
 * @param {Set<string>} codes
 * @returns {Promise<Shape[]>}
 */
async function borders(level, codes) {
  /** @type {{ features: Feature[] }} */
  const { features } = (await ask("GET", `/grids/geometry?level=${level}&detail=${DETAIL}`)).data;
  return features
    .filter((feature) => codes.has(String(feature.id)))
    .map(({ id, geometry }) => ({
      code: String(id),
      rings: geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat(),
    }));
}

/**
 * The part a place lies in, by the borders as they are drawn; the server places exactly.
 * @param {Area} area
 * @param {number} lon
 * @param {number} lat
 */
export function partAt(area, lon, lat) {
  const shape = area.shapes.find(({ rings }) => inside(rings, lon, lat));
  return shape ? area.parts.find((part) => part.code === shape.code) : null;
}

/**
 * @param {Shape["rings"]} rings
 * @param {number} x
 * @param {number} y
 */
function inside(rings, x, y) {
  let odd = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i];
      const [xj, yj] = ring[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
    }
  }
  return odd;
}
