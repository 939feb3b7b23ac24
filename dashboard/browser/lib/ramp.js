/* Steps of the colour scale. */
import { config } from "./config.js";
import { kpi } from "./format.js";

/**
 * n classes out of the ramp, from few to many.
 * @param {number} n
 * @returns {number[]}
 */
export function steps(n) {
  const last = config.palette.ramp.length - 1;
  return Array.from({ length: n }, (_, i) => (n === 1 ? 0 : Math.round((i * last) / (n - 1))));
}

/**
 * @param {number} n
 * @returns {string[]}
 */
export const colours = (n) => steps(n).map((step) => config.palette.ramp[step]);

/* Of a KPI: the same end of the ramp asks to be looked at on every map, so a rate of which more is better falls. */
const falls = (/** @type {string} */ key) => Boolean(kpi(key).low_is_worse);

/**
 * @param {string} key
 * @param {number} n
 * @returns {number[]}
 */
export const stepsFor = (key, n) => (falls(key) ? steps(n).reverse() : steps(n));

/**
 * @param {string} key
 * @param {number} n
 * @returns {string[]}
 */
export const coloursFor = (key, n) => (falls(key) ? colours(n).reverse() : colours(n));
