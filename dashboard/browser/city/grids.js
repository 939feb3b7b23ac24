/* The grid system: fetched once, small enough to keep. A grid is "LEVEL:CODE", the city is null. */
import { keepShortNames, local, t } from "../lib/format.js";
import { after, isRunning, patience } from "../lib/lifetime.js";

/** @typedef {import("../types").Grid} Grid */
/** @typedef {string | null | undefined} Id null is the city */

const RETRY_MS = 3000;
const PATIENCE_MS = 30000; // an answer that never comes must not leave a wall empty for ever

/** @type {import("../types").GridIndex | null} */
let index = null;
/** @type {Map<string, Grid>} */
let byId = new Map();
/** @type {Grid[][]} */
let levels = [];

/** @type {(ms: number) => Promise<void>} */
const wait = (ms) => new Promise((resolve) => after(ms, resolve));

/**
 * @param {(key: string | null) => void} say
 * @returns {Promise<import("../types").GridIndex | null>}
 */
async function fetchIndex(say) {
  try {
    const response = await fetch("/api/v1/grids", { signal: patience(PATIENCE_MS) });
    const body = await response.json();
    if (response.ok && body.grids.length) return body;
    say(body.error ? `error.${body.error.code}` : "page.no_grids");
  } catch {
    if (isRunning()) say("page.loading"); // not up yet: ask again
  }
  return null;
}

/**
 * Resolves once there are grids; a center without any waits for their import.
 * @param {(key: string | null) => void} say why there are none yet, as a key of the catalogue; null once they are there
 * @returns {Promise<void>}
 */
export async function load(say) {
  for (;;) {
    const body = await fetchIndex(say);
    if (body) {
      keep(body);
      return say(null);
    }
    await wait(RETRY_MS);
  }
}

/** @param {import("../types").GridIndex} body */
function keep(body) {
  index = body;
  byId = new Map(body.grids.map((grid) => [grid.id, grid]));
  levels = Array.from({ length: body.depth }, () => []);
  body.grids.forEach((grid) => levels[grid.level - 1].push(grid));
  keepShortNames(new Map(levels.flatMap(shortened)));
}

const ADDITION = /\s*(（[^（）]*）|\([^()]*\))$/;

/**
 * 高新区（城东街道） is 高新区 where room is scarce, unless another grid of the level would have the same name.
 * @param {Grid[]} grids
 * @returns {[string, string][]}
 */
function shortened(grids) {
  const stripped = grids.map((grid) => local(grid.name).replace(ADDITION, ""));
  const times = new Map();
  stripped.forEach((name) => times.set(name, (times.get(name) ?? 0) + 1));
  return grids.map((grid, i) => /** @type {[string, string]} */ ([local(grid.name), stripped[i]]))
    .filter(([whole, name]) => name && name !== whole && times.get(name) === 1);
}

/** @type {(id: Id) => Grid | null} */
export const get = (id) => (id === null || id === undefined ? null : byId.get(id) || null);

/** @type {(id: Id) => number} the city's is 0 */
export const levelOf = (id) => get(id)?.level ?? 0;

/** @type {(level: number) => Grid[]} */
export const ofLevel = (level) => levels[level - 1] || [];

/** @type {(id: Id) => [number, number]} */
function slice(id) {
  const grid = get(id);
  return grid ? [grid.lo, grid.hi] : [0, Infinity];
}

/**
 * @param {Id} id
 * @param {number} level
 * @returns {Grid[]}
 */
export function inside(id, level) {
  const [lo, hi] = slice(id);
  return ofLevel(level).filter((grid) => grid.lo >= lo && grid.hi <= hi);
}

/**
 * @param {Grid} grid
 * @param {number} level
 * @returns {Grid | null}
 */
export function ancestor(grid, level) {
  /** @type {Grid | null} */
  let at = grid;
  while (at && at.level > level) at = get(at.parent);
  return at;
}

/**
 * Where a click on `grid` leads: to the child of the grid in view, or beside it where the click fell outside.
 * @param {Grid} grid
 * @param {string | null} within
 * @returns {string | null}
 */
export function target(grid, within) {
  const above = levelOf(within);
  const beside = above ? ancestor(grid, above) : null;
  if (beside && beside.id !== within) return beside.id;
  const child = ancestor(grid, Math.min(above + 1, depth()));
  return child ? child.id : within;
}

/**
 * @param {Id} id
 * @returns {import("../types").Step[]} from the city down to it
 */
export function path(id) {
  /** @type {import("../types").Step[]} */
  const steps = [];
  for (let at = get(id); at; at = get(at.parent)) steps.unshift({ id: at.id, name: local(at.name) });
  return [{ id: null, name: city() }, ...steps];
}

/**
 * @param {Id} id
 * @returns {import("../types").Box} of degrees
 */
export function bbox(id) {
  const grid = get(id);
  if (grid) return grid.bbox;
  const boxes = ofLevel(1).map((one) => one.bbox);
  const at = (/** @type {number} */ i, /** @type {(...values: number[]) => number} */ pick) => pick(...boxes.map((box) => box[i]));
  return [at(0, Math.min), at(1, Math.min), at(2, Math.max), at(3, Math.max)];
}

/** @returns {string} */
export const city = () => local(index?.city);

/** @type {(level: number) => string} */
export const levelName = (level) => (level === 0 ? t("levels.city") : local(index?.level_names[level - 1] || String(level)));

export const depth = () => index?.depth ?? 0;
export const ready = () => index !== null;
export const demo = () => Boolean(index?.demo);
