/* Dialogs: who sits here, and the keys. One at a time; Esc leaves, focus goes back where it came from. */
import { t } from "../lib/format.js";
import * as actions from "./actions.js";
import { byId, div, el, fill, span } from "./dom.js";
import { LETTERS } from "./letters.js";
import * as words from "./words.js";

/** @import { Children } from "../lib/dom.js" */

/** @type {Element | null} */
let from = null;

const veil = () => byId("dialog");
export const isOpen = () => !veil().hidden;

/**
 * @param {string} title
 * @param {Children[]} content
 * @returns {void}
 */
export function open(title, ...content) {
  from = isOpen() ? from : document.activeElement;
  const box = el("div", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": "dialog-title" },
    div("dialog-head", el("h2", { id: "dialog-title" }, title), el("button", { type: "button", class: "cancel", onclick: close }, t("desk.leave"), el("kbd", {}, "Esc"))),
    content,
  );
  fill(veil(), box);
  veil().hidden = false;
  byId("page").inert = true;
  (box.querySelector("input") || box.querySelector("button"))?.focus();
}

/** @returns {void} */
export function close() {
  veil().hidden = true;
  veil().replaceChildren();
  byId("page").inert = false;
  if (from instanceof HTMLElement && from.isConnected) from.focus();
}

/** @returns {void} */
export function keys() {
  /** @type {(letters: string[], text: string, off?: boolean) => HTMLElement} */
  const line = (letters, text, off = false) => div(`key-line${off ? " off" : ""}`, span("letters", letters.map((letter) => el("kbd", {}, letter))), span("", text));
  /** @type {[string[], string][]} */
  const moves = [
    [["J", "↓"], "next"], [["K", "↑"], "previous"], [["Enter"], "open"], [["1", "…", "7"], "queues"], [["/"], "search"],
    [["Ctrl+Enter"], "send"], [["Esc"], "leave"], [["?"], "help"],
  ];
  const general = moves.map(([letters, key]) => line(letters, t(`desk_keys.${key}`)));
  const steps = Object.entries(LETTERS).map(([kind, letter]) => line([letter.toUpperCase()], words.step(kind), !actions.of(kind)));
  open(t("desk.keys"), div("key-columns", div("", el("h3", {}, t("desk_keys.title_move")), general), div("key-steps", el("h3", {}, t("desk_keys.title_steps")), div("key-grid", steps), el("p", { class: "quiet" }, t("desk_keys.off")))));
}
