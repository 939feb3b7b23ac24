/* The steps that can be taken now, each with its letter. */
import { above } from "./above.js";
import { byId, el, keep } from "./dom.js";
import { LETTERS } from "./letters.js";
import * as words from "./words.js";

/** @import { Action, Incident } from "./types" */

const PATH = ["verified", "filed", "dispatched", "claimed", "handled", "checked", "closed"];
/** @type {Action[]} */
let allowed = [];

/**
 * @param {Incident | null} got
 * @returns {void}
 */
export function draw(got) {
  const found = new Map((got ? got.actions : []).map((action) => [action.kind, action]));
  allowed = Object.keys(LETTERS).flatMap((kind) => found.get(kind) ?? []);
  const on = above.formKind();
  keep(byId("actions"), allowed.map(({ kind }) => ({ kind, on: kind === on })), (entry) => entry.kind, (node, { kind, on: pressed }) => {
    const had = node.contains(document.activeElement);
    const button = el(
      "button",
      {
        type: "button", class: `action ${PATH.includes(kind) ? "path" : ""}`, "data-kind": kind, "aria-pressed": String(pressed),
        "aria-keyshortcuts": LETTERS[kind], onclick: () => above.openForm(kind),
      },
      words.step(kind),
      el("kbd", {}, LETTERS[kind].toUpperCase()),
    );
    node.replaceChildren(button);
    if (had) button.focus();
  });
}

/** @returns {void} */
export const again = () => draw(above.shownIncident());

/**
 * The step, where it can be taken now.
 * @param {string} kind
 * @returns {Action | null}
 */
export const of = (kind) => allowed.find((action) => action.kind === kind) || null;
