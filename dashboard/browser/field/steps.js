/* The steps, as the rules of the server declare them: when each may be taken, by whom, what it must say. Kept for where
there is no network; this page has no rule of its own. */

import { remembered, Refused, Unreachable } from "./net.js";

/** @import { Form, Found, Row, Step, Steps } from "./types" */

const KEY = "steps";
// Whose steps the phone has room for, the usual next one first; others that a grid worker may take stand behind them.
const WORKER = "grid_worker";
const ORDER = ["claimed", "self_handled", "handled", "verified", "escalated", "returned", "appealed", "located", "noted"];
// What a form on a phone can ask.
const ASKED = ["note", "lon", "lat", "coordinate_system", "grid_code"];

/** @type {Found<Step[]> | null} */
let loaded = null;

/**
 * The declared steps by kind; empty where they were never heard.
 * @returns {Promise<Steps>}
 */
export async function knownSteps() {
  try {
    loaded ??= await remembered(KEY, "/steps", (data) => /** @type {Step[]} */ (data.steps));
    return new Map(loaded.value.map((step) => [step.kind, step]));
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
    return new Map();
  }
}

/** @param {Form} step */
export const asksPlace = (step) => step.says.some(({ name }) => name === "grid_code");
/** @param {Form} step */
export const asksNote = (step) => step.says.some(({ name, required }) => name === "note" && required);

/** @param {Form} step */
const askable = (step) =>
  step.says.every(({ name, required }) => !required || ASKED.includes(name)) &&
  (!step.one_of || !step.one_of.length || step.one_of.some((name) => ASKED.includes(name)));

/**
 * What the phone offers of these kinds, in its order.
 * @param {string[]} kinds
 * @param {Steps} steps
 */
export function offered(kinds, steps) {
  /** @param {string} kind */
  const rank = (kind) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);
  /** @param {string} kind */
  const here = (kind) => {
    const step = steps.get(kind);
    return step ? step.by_hand && step.roles.includes(WORKER) && askable(step) : ORDER.includes(kind);
  };
  return kinds.filter(here).sort((a, b) => rank(a) - rank(b));
}

/** @typedef {Pick<Row, "stage" | "suspended" | "appealed">} Condition where an incident is in its life */

/**
 * The kinds possible once these steps, which have not arrived yet, are taken.
 * @param {Condition} row
 * @param {string[]} pending
 * @param {string} role
 * @param {Steps} steps
 */
export function possibleAfter(row, pending, role, steps) {
  /** @type {Condition} */
  const now = { stage: row.stage, suspended: row.suspended, appealed: row.appealed };
  const one = pending.reduce((before, kind) => after(before, steps.get(kind)), now);
  /** @type {(asked: boolean | null, is: boolean) => boolean} */
  const fits = (asked, is) => asked === null || asked === is;
  return [...steps.values()]
    .filter((step) => step.roles.includes(role) && step.stages.includes(one.stage))
    .filter((step) => fits(step.suspended, one.suspended) && fits(step.appealed, one.appealed))
    .map((step) => step.kind);
}

/**
 * @param {Condition} one
 * @param {Step | undefined} step
 * @returns {Condition}
 */
function after(one, step) {
  if (!step) return one;
  return {
    stage: step.leads_to[one.stage] || one.stage,
    suspended: step.suspended_after ?? one.suspended,
    appealed: step.appealed_after ?? one.appealed,
  };
}
