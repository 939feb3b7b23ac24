/* Who is responsible in a grid: one chief and five posts, and where one is vacant. */
import { div, empty, h, span } from "../lib/elements.js";
import { t } from "../lib/format.js";
import { documentAt } from "../lib/fetch.js";
import { atEnd, every } from "../lib/lifetime.js";
import { redraw } from "../panels/page.js";

const FRESH_MS = 60e3;
const RETRY_MS = 5e3;
const PATIENCE_MS = 15e3;
const LOOK_MS = 1e3;
const MOST = 64;
const ROWS = 9;

/** @typedef {{ post: string, name: string | null, on_duty: boolean }} Person */

/** @type {Map<string, { at: number, people: Person[] }>} */
const kept = new Map(); // by grid
/** @type {string | null} */
let wanted = null; // the grid of the scene that stands
/** @type {string | null} */
let waiting = null; // the grid that is asked for
let triedAt = -Infinity;
let failed = false;

/**
 * @param {string | null} grid
 * @returns {void}
 */
export function show(grid) {
  if (grid !== wanted) [triedAt, failed] = [-Infinity, false];
  wanted = grid;
  if (!grid) return;
  redraw();
  look();
}

/* A scene may stand for months, and the server may have been away when it came: what is old is asked for again. */
function look() {
  if (!wanted) return;
  const now = performance.now();
  const old = now - (kept.get(wanted)?.at ?? -Infinity) > FRESH_MS;
  if (old && waiting !== wanted && now - triedAt > RETRY_MS) ask(wanted);
}

/** @param {string} grid */
async function ask(grid) {
  waiting = grid;
  triedAt = performance.now();
  let came = false;
  try {
    const { people: found } = await documentAt(`/api/v1/grids/${encodeURIComponent(grid)}/people`, PATIENCE_MS);
    keep(grid, found);
    came = true;
  } catch {
    // Tried again by the next looks.
  }
  if (waiting === grid) waiting = null;
  if (grid !== wanted) return;
  failed = !came;
  redraw();
}

/**
 * @param {string} grid
 * @param {Person[]} people
 */
function keep(grid, people) {
  kept.delete(grid);
  kept.set(grid, { at: performance.now(), people });
  if (kept.size > MOST) kept.delete([...kept.keys()][0]);
}


/** @returns {import("../types").Children} */
export function people() {
  const known = kept.get(wanted ?? "");
  if (!known) return failed ? h("P", { className: "empty" }, t("people.failed")) : empty();
  return known.people.slice(0, ROWS).map((one) =>
    div("person", span("post", t(`desk_post.${one.post}`)),
      one.name ? span("who", one.name) : span("who vacant", t("people.vacant")),
      span("quiet", one.name && !one.on_duty ? t("people.off") : "")));
}

function reset() {
  kept.clear();
  [wanted, waiting, triedAt, failed] = [null, null, -Infinity, false];
}

/** @returns {void} */
export function start() {
  atEnd(reset);
  every(LOOK_MS, look);
}
