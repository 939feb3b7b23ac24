/* From a number to the incidents behind it: as many as the number says, at the moment the number is of. */
import * as grids from "../city/grids.js";
import { kpi, t } from "../lib/format.js";
import { documentAt } from "../lib/fetch.js";
import { atEnd, listen } from "../lib/lifetime.js";
import * as moments from "../lib/moment.js";
import { signal } from "../lib/signal.js";
import * as picture from "../stream/picture.js";
import * as timeMachine from "../time/time_machine.js";
import { caseLine } from "./case_line.js";

const PAGE_ROWS = 500;

/** @typedef {{ of: string, within: string | null, unit: string | null, span: string, moment: string, known: string | null }} Question */
/** @typedef {{ of: string, n: number }} Part */

/** Another number is chosen, or none. @type {import("../lib/signal.js").Signal<import("../types").Selection | null>} */
export const choices = signal();

/** @type {Question | null} */
let asked = null; // the question of the open drawer; null is closed
/** @type {Part[]} */
let parts = []; // what else the number is made of
/** @type {number | null} */
let count = null;
let listed = 0;
/** @type {string | number | null} */
let nextAfter = null;
/** @type {HTMLElement | null} */
let opener = null;

/** @type {(id: string) => HTMLElement} the drawer's parts stand on every page with numbers */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
export const isOpen = () => asked !== null;

/**
 * The number that was pressed says what it counts.
 * @param {HTMLElement} button
 * @returns {import("../types").Selection}
 */
function selectionOf({ dataset }) {
  const { cases: of = "", within, unit, span, name = "", count, denominator, denominatorCount } = dataset;
  const parts = denominator ? [{ of, n: Number(count) }, { of: denominator, n: Number(denominatorCount) }] : [];
  return { of, name, within: within || null, unit: unit ?? null, span: span === "day" ? "day" : "month", parts };
}

/**
 * Open the list of the incidents behind a number; the page says of which moment.
 * @param {import("../types").Selection} selection
 * @returns {void}
 */
export function open({ of, name, within, unit, span, parts: madeOf }) {
  const frame = picture.shown();
  if (!frame) return;
  element("cases-name").textContent = name;
  const place = grids.path(within).slice(-1)[0].name;
  const moment = moments.written(frame.moment, true);
  const about = [place, span === "day" ? t("cases.day") : null, t("cases.at", { moment })];
  element("cases-where").textContent = about.filter(Boolean).join(" · ");
  parts = madeOf ?? [];
  element("cases").hidden = false;
  element("cases-close").focus({ preventScroll: true });
  choose({ of, within, unit, span, moment: frame.moment, known: timeMachine.drawnAs() });
}

/** @param {Question} question */
function choose(question) {
  asked = question;
  count = null;
  listed = 0;
  nextAfter = null;
  element("cases-list").replaceChildren();
  element("cases-parts").replaceChildren(...parts.map(partButton));
  load();
}

/** @param {Part} part */
function partButton({ of, n }) {
  const button = document.createElement("button");
  const measure = kpi(of).numerator || of;
  button.textContent = t("cases.part", { measure: t(`measure.${measure}`), n });
  button.setAttribute("aria-pressed", String(of === asked?.of));
  button.addEventListener("click", () => asked && choose({ ...asked, of }));
  return button;
}

/** @returns {void} */
export function close() {
  if (!isOpen()) return;
  asked = null;
  element("cases").hidden = true;
  if (opener && opener.isConnected) opener.focus({ preventScroll: true });
  opener = null;
  choices.emit(null);
}

/** @param {Question} question */
function address(question) {
  const query = new URLSearchParams({ of: question.of, moment: question.moment, span: question.span, limit: String(PAGE_ROWS) });
  if (question.within) query.set("within", question.within);
  if (question.unit !== null) query.set("unit", question.unit);
  if (question.known) query.set("known", question.known);
  if (nextAfter !== null) query.set("after", String(nextAfter));
  return `/api/v1/frame/cases?${query}`;
}

async function load() {
  const question = asked;
  if (!question) return;
  say("cases.reading", null);
  try {
    const page = await documentAt(address(question));
    if (question === asked) show(page);
  } catch {
    if (question === asked) say("cases.failed", "cases.again");
  }
}

/** @param {import("../types").CasePage} page */
function show(page) {
  count = page.count;
  listed += page.rows.length;
  nextAfter = page.next_after;
  element("cases-list").append(...page.rows.map(caseLine));
  if (!count) say("cases.none", null);
  else say("cases.shown", nextAfter === null ? null : "cases.more");
}

/**
 * @param {string} key
 * @param {string | null} more of the button for more; null where there is none
 */
function say(key, more) {
  element("cases-count").textContent = count === null ? "\u00a0" : t("cases.count", { n: count });
  element("cases-said").textContent = t(key, { n: listed });
  const button = element("cases-more");
  button.hidden = more === null;
  button.textContent = more === null ? "" : t(more, { n: Math.min(PAGE_ROWS, (count ?? 0) - listed) });
}

/** @param {MouseEvent} event */
function pressed({ target }) {
  const button = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-cases]")) : null;
  if (!button || !picture.shown()) return;
  opener = button;
  const selection = selectionOf(button);
  open(selection);
  choices.emit(selection);
}

function reset() {
  [asked, parts, count, listed, nextAfter, opener] = [null, [], null, 0, null, null];
}

/** @returns {void} */
export function start() {
  atEnd(reset);
  listen(document, "click", pressed);
  listen(element("cases-close"), "click", close);
  listen(element("cases-more"), "click", load);
  timeMachine.closeOnEscape(() => {
    const wasOpen = isOpen();
    close();
    return wasOpen;
  });
}

/** For tests and for support: what is listed. */
export const state = () => ({ of: asked && asked.of, moment: asked && asked.moment, count, listed });
