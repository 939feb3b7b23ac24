/* What lies over the grids' own colours: the map asks for it, and knows none of it. */
import { atEnd } from "../lib/lifetime.js";

/**
 * @typedef {object} Over
 * @property {() => boolean} covers whether something stands for the grids' own colours
 * @property {() => { style: import("../types").LineStyle, source: object }[]} lines
 * @property {(point: import("../types").Point) => boolean} press whether something was there to be pressed
 * @property {(point: import("../types").Point) => import("../types").Found} at
 * @property {() => void} zoomed
 */

/** @type {Over} */
const NOTHING = {
  covers: () => false,
  lines: () => [],
  press: () => false,
  at: () => ({ mark: null, replaced: false, text: null }),
  zoomed() {},
};

export let over = NOTHING;

/**
 * @param {Over} things
 * @returns {void}
 */
export function layOver(things) {
  over = things;
  atEnd(() => (over = NOTHING));
}
