/* The keyboard. No key acts while something is being typed. */
import { deskConfig } from "./config.js";
import * as dialog from "./dialog.js";
import { byId } from "./dom.js";
import * as form from "./form.js";
import * as incident from "./incident.js";
import { kindOf } from "./letters.js";
import * as queue from "./queue.js";
import { complain } from "./say.js";
import * as why from "./why.js";

/** @typedef {KeyboardEvent & { target: Element }} Press a key pressed on an element */

/**
 * A radio button takes arrows and the space bar, no letters.
 * @param {Element} target
 */
const typing = (target) => target.closest("input:not([type=radio]), textarea, select, [contenteditable]") !== null;
/** @param {Element} target */
const arrowsBelongTo = (target) => target.closest("#incident-body, #map-frame, [role=tablist], .work") !== null;
/** @param {Element} target */
const pressable = (target) => target.closest("button, a, summary") !== null;

/** @type {Record<string, string>} */
const SIGNS = { "、": "/", "。": "." };
/**
 * Capitals, full-width letters and the signs of a Chinese keyboard mean the key they stand on.
 * @param {Pick<KeyboardEvent, "key">} event
 * @returns {string}
 */
export function keyOf(event) {
  if (event.key.length !== 1) return event.key;
  const plain = event.key.normalize("NFKC").toLowerCase();
  return SIGNS[plain] || plain;
}

/** @param {Press} event */
function escape(event) {
  why.clear();
  if (dialog.isOpen()) dialog.close();
  else if (form.busy() && event.target.id !== "search") form.leave({ focus: true });
  else byId("queue").focus({ preventScroll: true });
  event.preventDefault();
}

/** @type {Record<string, number>} */
const MOVES = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

/** @param {Press} event */
function move(event) {
  const by = MOVES[keyOf(event)];
  if (!by || (event.key.length > 1 && arrowsBelongTo(event.target))) return false;
  queue.move(by);
  return true;
}

/** @type {Record<string, () => void>} */
const SINGLE = {
  "/": () => {
    queue.searchBox().focus();
    queue.searchBox().select();
  },
  "?": () => dialog.keys(),
};

/**
 * Enter reads the framed incident; where none is framed, it opens the first of the list.
 * @param {Press} event
 */
function enter(event) {
  if (pressable(event.target)) return false;
  const first = queue.rows()[0];
  const id = queue.active() ?? (first ? first.id : null);
  if (id === null) why.say(byId("queue-empty").textContent ?? "");
  else incident.open(id, { focus: true });
  return true;
}

/** @param {Press} event */
function act(event) {
  if (move(event)) return true;
  const key = keyOf(event);
  if (key === "Enter") return enter(event);
  const { queues } = deskConfig();
  const wanted = queues[Number(key) - 1];
  if (wanted) {
    queue.choose(wanted);
    byId("queue").focus({ preventScroll: true });
    return true;
  }
  if (SINGLE[key]) {
    SINGLE[key]();
    return true;
  }
  const kind = key.length === 1 ? kindOf(key) : null;
  if (kind) form.open(kind);
  return Boolean(kind);
}

/**
 * @param {KeyboardEvent} event
 * @returns {event is Press}
 */
const onElement = (event) => event.target instanceof Element;

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.isComposing || event.defaultPrevented || !onElement(event)) return undefined;
  if (event.key === "Escape") return escape(event);
  if (dialog.isOpen()) return undefined;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return form.submit();
  }
  if (event.target.id === "search" && ["Enter", "ArrowDown"].includes(event.key)) {
    event.preventDefault();
    return queue.enter().catch(complain);
  }
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return undefined;
  if (act(event)) event.preventDefault();
  return undefined;
}

/** @returns {void} */
export const start = () => document.addEventListener("keydown", press);
