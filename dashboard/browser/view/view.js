/* What this screen looks at: which grid, at which level, coloured by what. It lives in the address. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { t } from "../lib/format.js";
import { atEnd, listen } from "../lib/lifetime.js";
import { signal } from "../lib/signal.js";

/** @typedef {import("../types").View} View */

/** Another view, in a document with all that follows from it: the path to it, what lies below. @type {import("../lib/signal.js").Signal<import("../types").ViewDocument>} */
export const documents = signal();
/** Another view. @type {import("../lib/signal.js").Signal<View>} */
export const changes = signal();

/** Another view by the viewer's hand. @type {import("../lib/signal.js").Signal<View>} */
export const choices = signal();

/** @type {View} */
let view = { within: null, level: 0, kpi: "" };
/** @type {{ breaks: number[], known: boolean } | null} */
let map = null; // class breaks of the newest map message, for the legend
/** @type {(() => string)[]} */
let parts = []; // of the address, that others keep there

export const current = () => view;

/**
 * A view that can be: a known grid, a level below it, a known KPI.
 * @param {{ within: string | null, level: number, kpi: string | null }} wish
 * @returns {View}
 */
function sane({ within, level, kpi }) {
  const known = grids.get(within) ? within : null;
  const finest = grids.depth();
  const wanted = Number.isInteger(level) && level > 0 ? level : finest;
  const kpis = config.kpis.filter((entry) => entry.colours_map).map((entry) => entry.key);
  return {
    within: known,
    level: Math.min(finest, Math.max(wanted, grids.levelOf(known) + 1)),
    kpi: kpi !== null && kpis.includes(kpi) ? kpi : config.map_kpi,
  };
}

function fromAddress() {
  const asked = new URLSearchParams(location.search);
  return sane({ within: asked.get("within"), level: Number(asked.get("level")), kpi: asked.get("kpi") });
}

/** The view as a query. */
export function query() {
  const said = [];
  if (view.within) said.push(`within=${encodeURIComponent(view.within).replaceAll("%3A", ":")}`);
  said.push(`level=${view.level}`, `kpi=${encodeURIComponent(view.kpi)}`);
  return said.join("&");
}

/** @type {(one: View, other: View) => boolean} */
const same = (one, other) => one.within === other.within && one.level === other.level && one.kpi === other.kpi;

/**
 * @param {Partial<View>} next
 * @param {{ push?: boolean, byHand?: boolean }} [how]
 */
function change(next, { push = true, byHand = true } = {}) {
  const before = view;
  view = sane({ ...view, ...next });
  if (same(before, view) && push) return;
  if (push) history.pushState(null, "", `?${query()}`);
  show();
  if (byHand) choices.emit(view);
}

function show() {
  map = null;
  publish();
  changes.emit(view);
}

/** @returns {void} */
export function publish() {
  if (!grids.ready()) return;
  const below = [];
  for (let level = grids.levelOf(view.within) + 1; level <= grids.depth(); level += 1) {
    below.push({ level, count: grids.inside(view.within, level).length });
  }
  documents.emit({ ...view, depth: grids.depth(), path: grids.path(view.within), below, map });
}

/**
 * The index is there: take the view from the address and begin.
 * @returns {void}
 */
export function begin() {
  view = fromAddress();
  history.replaceState(null, "", `?${query()}`);
  const title = t("page.city", { city: grids.city() });
  document.title = title;
  const written = { city: title, demo: grids.demo() ? t("page.demo") : "" };
  Object.entries(written).forEach(([id, text]) => {
    const element = document.getElementById(id);
    if (element) element.textContent = text;
  });
  show();
}

/**
 * @param {import("../types").MapDocument} message
 * @returns {void}
 */
export function mapArrived(message) {
  map = { breaks: message.breaks, known: message.values.some((value) => value !== null) };
  publish();
}

/**
 * Keep something more in the address of this screen, where another language or theme is chosen.
 * @param {() => string} part as a query; empty where there is nothing
 * @returns {void}
 */
export function keepInAddress(part) {
  parts.push(part);
}

/** @type {(id: string | null) => void} */
export const go = (id) => change({ within: id || null });

/** @type {Record<string, (value: string) => void>} */
const actions = {
  go,
  level: (level) => change({ level: Number(level) }),
  kpi: (kpi) => change({ kpi }),
  prefer: (preference) => location.assign(`/?${[preference, query(), ...parts.map((part) => part())].filter(Boolean).join("&")}`),
};

/**
 * One listener for everything that can be pressed: `data-go`, `data-level`, `data-kpi`, `data-prefer`.
 * @param {MouseEvent} event
 */
function press(event) {
  const { target } = event;
  if (!(target instanceof Element)) return;
  const pressed = /** @type {HTMLElement | null} */ (target.closest("[data-cases], [data-go], [data-level], [data-kpi], [data-prefer]"));
  /** @type {NodeListOf<HTMLDetailsElement>} */
  const menus = document.querySelectorAll(".menu details[open]");
  menus.forEach((menu) => {
    if (pressed || !menu.contains(target)) menu.open = false;
  });
  if (!pressed || "cases" in pressed.dataset || !grids.ready()) return;
  const [name] = Object.keys(actions).filter((key) => key in pressed.dataset);
  event.preventDefault();
  actions[name](pressed.dataset[name] ?? "");
}

/** @returns {void} */
export function start() {
  atEnd(() => {
    [view, map, parts] = [{ within: null, level: 0, kpi: "" }, null, []];
  });
  listen(document, "click", press);
  listen(window, "popstate", () => {
    if (grids.ready()) change(fromAddress(), { push: false });
  });
}

/**
 * To another view without a trace in the address: a wall turns through thousands.
 * @param {Partial<View>} next
 * @returns {void}
 */
export function look(next) {
  const wanted = sane({ ...view, ...next });
  if (!same(wanted, view)) change(wanted, { push: false, byHand: false });
}

/**
 * To another view, as if it had been pressed.
 * @param {Partial<View>} next
 * @returns {void}
 */
export function follow(next) {
  change(next, { byHand: false });
}
