/* The layers a viewer switches on: which, kept in the address; their documents, asked for no more often than they can
   change; nothing at all while none is on. What they look like is in layers_drawn.js. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { documentAt } from "../lib/fetch.js";
import { atEnd, every, listen } from "../lib/lifetime.js";
import * as picture from "../stream/picture.js";
import * as timeMachine from "../time/time_machine.js";
import * as view from "../view/view.js";
import * as drawn from "./layers_drawn.js";
import { detail } from "./state.js";

const BETWEEN_MS = 500; // of a view that changes, as playback's
const RETRY_MS = 5000;
const PATIENCE_MS = 30e3;
const LOOK_MS = 1000;

/** @type {Set<string>} */
const chosen = new Set();
/** @type {Map<string, { url: string, at: number, underWay: boolean, failed: boolean }>} */
const asking = new Map();
/** @type {Map<string, { url: string, document: any }>} */
const held = new Map();
let requests = 0;

const known = () => config.styles.layers;
/** @type {(key: string) => boolean} */
const isOn = (key) => chosen.has(key);

/**
 * Where a layer's document of this view and moment is; null while the page waits for the moment.
 * @param {string} key
 */
function urlOf(key) {
  const { url, of_moment: ofMoment, paint } = known()[key];
  const { within } = view.current();
  const parts = within ? [`within=${encodeURIComponent(within)}`] : [];
  if (paint === "outline") parts.push(`detail=${detail()}`);
  if (ofMoment && timeMachine.isPast()) {
    const { drawn: at } = timeMachine.state();
    if (at === null) return null;
    parts.push(`moment=${encodeURIComponent(new Date(at).toISOString())}`, `known=${timeMachine.drawnAs()}`);
  }
  return parts.length ? `${url}?${parts.join("&")}` : url;
}

/**
 * Ask for whatever is due; called whenever something may have become so.
 * @returns {void}
 */
export function follow() {
  if (!chosen.size || !grids.ready()) return;
  chosen.forEach((key) => {
    const url = urlOf(key);
    const last = asking.get(key);
    if (url === null || last?.underWay) return;
    const waited = Date.now() - (last?.at ?? 0);
    const needed = !last ? 0 : last.failed ? RETRY_MS : url !== last.url ? BETWEEN_MS : 1000 * known()[key].every_s;
    if (waited >= needed) ask(key, url);
  });
}

/**
 * @param {string} key
 * @param {string} url
 */
async function ask(key, url) {
  const mine = { url, at: Date.now(), underWay: true, failed: false };
  asking.set(key, mine);
  requests += 1;
  let found = null;
  try {
    found = await documentAt(url, PATIENCE_MS);
  } catch {
    mine.failed = true;
  }
  mine.underWay = false;
  if (asking.get(key) !== mine) return; // switched off, perhaps on again
  if (found) hold(key, url, found);
  else if (held.get(key)?.url !== urlOf(key)) drop(key); // of another place or time: better nothing
  view.publish();
  follow();
}

/**
 * @param {string} key
 * @param {string} url
 * @param {any} document
 */
function hold(key, url, document) {
  held.set(key, { url, document });
  drawn.draw(key, document);
}

/** @param {string} key */
function drop(key) {
  if (held.delete(key)) drawn.clear(key);
}

/**
 * On or off; of the grounds only one is on.
 * @param {string} key
 * @param {boolean} on
 */
function choose(key, on) {
  if (on === isOn(key)) return;
  if (on && known()[key].place === "ground") {
    [...chosen].filter((other) => known()[other].place === "ground").forEach((other) => choose(other, false));
  }
  if (on) {
    chosen.add(key);
  } else {
    chosen.delete(key);
    asking.delete(key);
    drop(key);
  }
}

/**
 * These, and no others.
 * @param {string[]} wanted
 * @returns {void}
 */
export function set(wanted) {
  Object.keys(known()).forEach((key) => choose(key, wanted.includes(key)));
  render();
  follow();
}

/** @param {string} key */
function toggle(key) {
  choose(key, !isOn(key));
  writeAddress();
  render();
  view.publish();
  follow();
}

function fromAddress() {
  const listed = (new URLSearchParams(location.search).get("layers") ?? "").split(",");
  return Object.keys(known()).filter((key) => listed.includes(key));
}

/** As part of an address; "" while none is on. */
export const query = () => (chosen.size ? `layers=${[...chosen].join(",")}` : "");

/* The view writes its own part of the address, without ours. */
function writeAddress() {
  const others = location.search.slice(1).split("&").filter((part) => part && !part.startsWith("layers="));
  const wanted = `?${[...others, query()].filter(Boolean).join("&")}`;
  if (wanted !== location.search) history.replaceState(history.state, "", wanted);
}

function viewChanged() {
  writeAddress();
  follow();
}

function render() {
  /** @type {NodeListOf<HTMLElement>} */
  const buttons = document.querySelectorAll("[data-layer]");
  buttons.forEach((button) => button.setAttribute("aria-pressed", String(isOn(button.dataset.layer ?? ""))));
  const count = document.getElementById("layers-count");
  if (count) count.textContent = chosen.size ? ` ${chosen.size}` : "";
}

function reset() {
  [chosen, asking, held].forEach((kept) => kept.clear());
  requests = 0;
}

/** @param {MouseEvent} event */
function pressed({ target }) {
  const button = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-layer]")) : null;
  if (button?.dataset.layer) toggle(button.dataset.layer);
}

/** @returns {void} */
export function start() {
  atEnd(reset);
  drawn.start();
  set(fromAddress());
  listen(document, "click", pressed);
  // Before the view, which writes the address anew.
  listen(window, "popstate", () => set(fromAddress()), { capture: true });
  every(LOOK_MS, follow);
  picture.maps.follow(follow);
  view.changes.follow(viewChanged);
  view.keepInAddress(query);
}

/** What the legend says: every layer that is on, in the order of the list. */
export const told = () =>
  Object.entries(known()).filter(([key]) => isOn(key)).map(([key, { place, paint, of_moment: ofMoment }]) => ({
    key, place, paint, ofMoment, document: held.get(key)?.document ?? null, failed: asking.get(key)?.failed ?? false,
  }));

/** For tests and for support: which are on, which are drawn from where, and how often the server was asked. */
export const state = () => ({
  chosen: [...chosen],
  drawn: Object.fromEntries([...held].map(([key, { url }]) => [key, url])),
  requests,
});
