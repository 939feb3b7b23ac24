/* The time machine: which moment the page shows. A picture of the past takes the way of the live one; the stream goes
   on meanwhile, and draws nothing. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { t } from "../lib/format.js";
import { atEnd, every, listen } from "../lib/lifetime.js";
import * as moments from "../lib/moment.js";
import { signal } from "../lib/signal.js";
import * as picture from "../stream/picture.js";
import * as stream from "../stream/stream.js";
import * as view from "../view/view.js";
import * as field from "./moment_field.js";
import * as past from "./past_frames.js";

const MINUTE_MS = 60e3;
const HOUR_MS = 60 * MINUTE_MS;
const TICK_MS = 100;

/** Another moment by the viewer's hand; null is live. While it plays, only its end is news. @type {import("../lib/signal.js").Signal<number | null>} */
export const choices = signal();

/** @type {number | null} */
let moment = null; // the one wished for; null is live
/** @type {number | null} */
let drawn = null; // the one on the page
/** @type {string | null} */
let knownOnPage = null; // as known when
let broken = false;
let playing = false;
/** @type {past.Known} */
let known = "now";
let speed = 60;
let spanH = 24;
let tickedAt = 0;
/** @type {HTMLInputElement | null} */
let slider = null;
let byHand = false; // the moment was chosen by the viewer
/** @type {(() => boolean)[]} */
let escapes = []; // what Escape closes before it leads to the present

/** @type {(id: string) => HTMLElement | null} */
const element = (id) => document.getElementById(id);
export const isPast = () => moment !== null;
const minuteNow = () => Math.floor(stream.now() / MINUTE_MS) * MINUTE_MS;

/**
 * To a moment; what has not come yet is live.
 * @param {number} wanted
 * @returns {void}
 */
export function go(wanted) {
  if (!Number.isFinite(wanted) || !grids.ready()) return;
  if (wanted >= minuteNow()) {
    live();
    return;
  }
  if (!isPast()) picture.hold();
  moment = wanted;
  field.forget();
  past.ask(wanted, known);
  render();
}

/** @returns {void} */
export function live() {
  field.forget();
  if (!isPast()) return render();
  past.forget();
  moment = drawn = knownOnPage = null;
  playing = broken = false;
  render();
  return picture.release();
}

/** @param {import("../types").PastPicture} found */
function draw(found) {
  drawn = Date.parse(found.frame.moment);
  knownOnPage = found.known;
  broken = false;
  picture.drawFrame(found.frame);
  picture.drawMap(found.map);
  render();
}

function failed() {
  broken = true;
  render();
}

/* Another place or another colouring: the same moment of it. */
function viewChanged() {
  if (moment === null) return;
  drawn = null;
  past.ask(moment, known);
  render();
}

function play() {
  playing = !playing;
  tickedAt = performance.now();
  if (playing && !isPast()) go(minuteNow() - spanH * HOUR_MS);
  playing = playing && isPast();
  render();
}

/**
 * The last hours once more, so many times as fast; it ends in the present.
 * @param {number} hours
 * @param {number} times
 * @returns {void}
 */
export function replay(hours, times) {
  byHand = false;
  live();
  speed = times;
  go(minuteNow() - hours * HOUR_MS);
  playing = isPast();
  tickedAt = performance.now();
  render();
}

/* By the clock and not by the number of ticks: a tab in the background is given few of them. */
function tick() {
  const now = performance.now();
  const passed = now - tickedAt;
  tickedAt = now;
  if (playing && moment !== null) go(moment + passed * speed);
  if (byHand && !isPast()) chosen();
}

/** The viewer did something that may have led to another moment. */
function chosen() {
  byHand = isPast();
  choices.emit(moment);
}

/** @param {number} wanted */
function choose(wanted) {
  go(wanted);
  chosen();
}

/** @param {number} by */
const step = (by) => go(Math.round((moment ?? minuteNow()) / MINUTE_MS) * MINUTE_MS + by);

/**
 * What the controls and the band say.
 * @param {string} name
 * @param {string | number} value
 */
function press(name, value) {
  /** @type {NodeListOf<HTMLElement>} */
  const buttons = document.querySelectorAll(`[data-time="${name}"]`);
  buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.value === String(value))));
}

/** @param {number} wished */
function bandText(wished) {
  if (broken) return t("time_machine.failed", { moment: moments.written(wished) });
  if (drawn === null) return t("time_machine.reading", { moment: moments.written(wished) });
  return t("time_machine.band", { moment: moments.written(drawn, playing && speed < 60) });
}

/** @type {(id: string, text: string) => void} */
function write(id, text) {
  const found = element(id);
  if (found) found.textContent = text;
}

function render() {
  const root = document.documentElement;
  if (isPast()) root.dataset.past = drawn === null ? "waiting" : "shown";
  else delete root.dataset.past;
  write("past-moment", moment === null ? "" : bandText(moment));
  write("past-known", knownOnPage && !broken ? t(`time_machine.${knownOnPage}`) : "");
  const word = t(playing ? "time_machine.pause" : "time_machine.play");
  const button = element("time-play");
  if (button) {
    button.title = word;
    button.setAttribute("aria-label", word);
    button.classList.toggle("playing", playing);
  }
  press("speed", speed);
  press("span", spanH);
  press("known", known);
  renderInputs();
}

function renderInputs() {
  if (!slider) return;
  const now = minuteNow();
  slider.min = String(-spanH * 60);
  slider.value = String(moment === null ? 0 : Math.round((moment - now) / MINUTE_MS));
  slider.setAttribute("aria-valuetext", moments.written(moment ?? now));
  field.show(moment ?? now);
}

/** @type {Record<string, (value: any) => void>} */
const actions = {
  play,
  live,
  speed: (value) => (speed = Number(value)),
  span: (value) => (spanH = Number(value)),
  known(value) {
    known = value;
    if (moment !== null) past.ask(moment, known);
  },
};

/** @param {MouseEvent} event */
function pressed(event) {
  const button = event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("[data-time]")) : null;
  if (!button?.dataset.time || !slider) return;
  actions[button.dataset.time](button.dataset.value);
  chosen();
  if (event.detail > 0) button.blur(); // pressed by hand: the keys below are meant for the page again
  render();
}

/* Keys */
/** @type {(target: Element) => boolean} */
const typing = (target) => target.closest("input:not([type=range]), textarea, select, [contenteditable]") !== null;
/** @type {(target: Element) => boolean} */
const pressable = (target) => target.closest("button, a, summary") !== null;
/** @type {(target: Element) => boolean} */
const mapsOwn = (target) => !isPast() && target.closest(".map") !== null;

/**
 * Let Escape close something before it leads to the present.
 * @param {() => boolean} close false where nothing is open
 * @returns {void}
 */
export function closeOnEscape(close) {
  escapes.push(close);
}

/** @type {Record<string, (event: KeyboardEvent) => unknown>} */
const KEYS = {
  l: () => live(),
  Escape: () => field.undo() || escapes.some((close) => close()) || live(),
  " ": () => play(),
  ArrowLeft: (event) => step(event.shiftKey ? -HOUR_MS : -MINUTE_MS),
  ArrowRight: (event) => isPast() && step(event.shiftKey ? HOUR_MS : MINUTE_MS),
};

/** @param {KeyboardEvent} event */
function keyed(event) {
  const { target } = event;
  if (!slider || event.defaultPrevented || event.isComposing || !(target instanceof Element)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!KEYS[key] || (typing(target) && key !== "Escape")) return;
  if ((key === " " && pressable(target)) || (key.startsWith("Arrow") && mapsOwn(target))) return;
  event.preventDefault();
  event.stopPropagation();
  KEYS[key](event);
  chosen();
}

/** @param {string} label */
function makeSlider(label) {
  const made = document.createElement("input");
  Object.assign(made, { type: "range", title: label, max: 0, step: 1 });
  made.setAttribute("aria-label", label);
  made.addEventListener("input", () => choose(minuteNow() + Number(made.value) * MINUTE_MS));
  element("time-slider")?.replaceChildren(made);
  slider = made;
}

function reset() {
  slider?.remove();
  [slider, moment, drawn, knownOnPage] = [null, null, null, null];
  [broken, playing, byHand, known, speed, spanH, escapes] = [false, false, false, "now", 60, 24, []];
  delete document.documentElement.dataset.past;
}

/** @returns {void} */
export function start() {
  atEnd(reset);
  makeSlider(t("time_machine.slider"));
  field.start(t("time_machine.field"), choose);
  past.start({ drawn: draw, failed });
  view.changes.follow(viewChanged);
  listen(document, "click", pressed);
  // Before the map's own keys, which would move it too.
  if (config.keys !== false) listen(document, "keydown", keyed, { capture: true });
  every(TICK_MS, tick);
  every(1000, renderInputs);
  render();
}

/** Which past is on the page: `moment` null is live. */
export const state = () => ({ moment, drawn, known, playing, speed, requests: past.requests() });

/** As known when the picture on the page is; null is live. */
export const drawnAs = () => knownOnPage;
