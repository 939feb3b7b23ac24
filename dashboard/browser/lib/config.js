/* What the page was configured with, once per visit. */

/** @type {import("../types").Config} */
export let config;

/**
 * @param {import("../types").Config} given
 * @returns {void}
 */
export function configure(given) {
  config = given;
}
