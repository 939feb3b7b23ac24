/* The server's clock, as far as a phone knows it, and the light of a clock: the same answer as the server's own. */

let ahead_ms = 0;

/**
 * Each answer of the server says what time it is there.
 * @param {string | null} date its header `Date`
 */
export function heard(date) {
  const at = Date.parse(date || "");
  // The date has whole seconds: on average it is half a second old.
  if (!Number.isNaN(at)) ahead_ms = at + 500 - Date.now();
}

/* Milliseconds, by the server's clock. */
export const now = () => Date.now() + ahead_ms;

/**
 * A time of the server in milliseconds, rounded up: its times have microseconds.
 * @param {string} text
 */
export function upTo(text) {
  const finer = /\.\d{3}(\d+)/.exec(text);
  return Date.parse(text) + (finer && Number(finer[1]) > 0 ? 1 : 0);
}

/**
 * The latest of some times; null without any.
 * @param {string[]} texts
 * @returns {string | null}
 */
export const latest = (texts) => texts.reduce((last, one) => (last === null || upTo(one) > upTo(last) ? one : last), /** @type {string | null} */ (null));

/**
 * Colour of a row's light at a moment: the last change that the server named, if any has come.
 * @param {{ light: string, lights?: { at: string, light: string }[] }} row
 * @param {number} moment_ms
 */
export function lightOf(row, moment_ms) {
  // What an earlier version of the page has kept names none.
  if (!row.lights) return row.light;
  const come = row.lights.filter((change) => Date.parse(change.at) <= moment_ms);
  return come.length ? come[come.length - 1].light : "none";
}
