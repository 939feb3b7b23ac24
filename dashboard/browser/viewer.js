/* What the viewer chooses, for Dash, and what Dash chooses for the viewer: the view, the moment, the number whose incidents
   are listed. Never anything of a frame. */
import { after, atEnd } from "./lib/lifetime.js";
import * as cases from "./panels/cases.js";
import * as timeMachine from "./time/time_machine.js";
import * as view from "./view/view.js";

/** @typedef {import("./types").Choices} Choices */

const QUIET_MS = 300; // a hand on the slider has come to rest

/** @type {Record<string, string>} */
let known = {}; // what both sides agree about
/** @type {Choices} */
let wanted = {};
let begun = false;

/** @type {Record<keyof Choices, (value: any) => void>} */
const act = {
  view: (next) => next && view.follow(next),
  moment: (next) => (next === null ? timeMachine.live() : timeMachine.go(Date.parse(next))),
  selection: (next) => (next === null ? cases.close() : cases.open(next)),
};

/** @type {(name: string, value: unknown) => boolean} whether it is news */
function keep(name, value) {
  const text = JSON.stringify(value);
  const isNew = known[name] !== text;
  known[name] = text;
  return isNew;
}

function obey() {
  for (const name of /** @type {(keyof Choices)[]} */ (["view", "moment", "selection"])) {
    const value = wanted[name];
    if (value !== undefined && keep(name, value)) act[name](value);
  }
}

/**
 * Do what Dash says, where it is something new; before the page has begun, then.
 * @param {Choices} choices
 * @returns {void}
 */
export function follow(choices) {
  wanted = choices;
  if (begun) obey();
}

/**
 * The first view is chosen.
 * @returns {void}
 */
export function begin() {
  begun = true;
  obey();
}

/**
 * @param {(changed: Choices) => void} report called when the viewer has chosen something, seldom
 * @returns {void}
 */
export function start(report) {
  /** @type {Choices} */
  let due = {};
  let callOff = () => {};
  atEnd(() => {
    [known, wanted, begun] = [{ moment: "null", selection: "null" }, {}, false];
  });
  known = { moment: "null", selection: "null" };
  /** @param {Choices} choice */
  const later = (choice) => {
    due = { ...due, ...choice };
    callOff();
    callOff = after(QUIET_MS, () => {
      const news = Object.fromEntries(Object.entries(due).filter(([name, value]) => keep(name, value)));
      due = {};
      if (Object.keys(news).length) report(news);
    });
  };
  view.choices.follow(({ within, level, kpi }) => later({ view: { within, level, kpi } }));
  timeMachine.choices.follow((moment) => later({ moment: moment === null ? null : new Date(moment).toISOString() }));
  cases.choices.follow((selection) => later({ selection }));
}
