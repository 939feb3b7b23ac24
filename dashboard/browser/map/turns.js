/* One change of the map after the other: Plotly does not like to be told twice at once. */
import { atEnd } from "../lib/lifetime.js";

/** @typedef {{ work: Promise<unknown>, underWay: number }} Turns */

/** @type {() => Turns} */
const none = () => ({ work: Promise.resolve(), underWay: 0 });

let turns = none();

/** @returns {void} */
export function start() {
  atEnd(() => (turns = none()));
}

/**
 * @param {() => Promise<unknown>} ready what to wait for before it
 * @param {() => Promise<unknown>} change
 * @returns {void}
 */
export function inTurn(ready, change) {
  const mine = turns;
  mine.underWay += 1;
  const unlessEnded = () => (mine === turns ? change() : undefined);
  // A change that fails must not keep the next ones from being made.
  mine.work = mine.work.then(ready).then(unlessEnded).catch((error) => console.error(error)).finally(() => (mine.underWay -= 1));
}

export const isIdle = () => turns.underWay === 0;
