/* The queue: tabs with counts, the list sorted by what burns, and where the eye stands in it. */
import { number, t } from "../lib/format.js";
import { above } from "./above.js";
import { keepClock, now } from "./clock.js";
import { deskConfig } from "./config.js";
import { byId, div, el, fill, keep, mark, name, span } from "./dom.js";
import * as form from "./form.js";
import * as incident from "./incident.js";
import * as server from "./server.js";
import * as session from "./session.js";
import * as why from "./why.js";
import * as words from "./words.js";

/** @import { QueueDocument, Row } from "./types" */

const PAGE = 150;
const MOST = 500; // the API gives no more at once
const SEARCH_MS = 300;

let queue = "all"; // the one that is chosen
let sought = "";
let limit = PAGE;
/** @type {QueueDocument | null} */
let answer = null;
let place = 0; // where in the list the opened incident stands, or stood before it left
let arriving = false; // a queue was chosen and its rows are on their way
let asked = 0; // a slower, older answer must not replace a newer one
/** @type {ReturnType<typeof setTimeout> | undefined} */
let searchTimer;

export const rows = () => (answer ? answer.rows : []);
/** @type {(id: number | null) => Row | null} */
export const rowOf = (id) => rows().find((row) => row.id === id) || null;
const list = () => byId("queue");
/** @type {(id: number | null) => HTMLElement | null} */
const nodeOf = (id) => list().querySelector(`[data-key="${id}"]`);
/** The framed row is the opened incident, so that no key can act on another one; null while it is not in this list. */
export const active = () => rowOf(incident.openedId())?.id ?? null;

/** @returns {Promise<void>} */
export async function fetchNow() {
  const ticket = (asked += 1);
  const got = await server.get("desk/queue", { queue, q: sought, limit });
  if (ticket === asked) show(got);
}

/** @param {QueueDocument} got */
function show(got) {
  answer = got;
  keepClock(got.now);
  const at = rows().findIndex((row) => row.id === incident.openedId());
  if (at >= 0) place = at;
  drawTabs();
  drawList();
  if (arriving && at < 0 && rows().length && !form.busy()) incident.open(rows()[0].id);
  arriving = false;
}

function drawTabs() {
  /** @type {Record<string, number>} */
  const counts = answer ? answer.counts : {};
  const entries = deskConfig().queues.map((key, i) => ({ key, n: i + 1, count: counts[key] ?? null, on: key === queue }));
  keep(byId("queues"), entries, (entry) => entry.key, (node, entry) => {
    Object.entries({
      role: "tab", id: `tab-${entry.key}`, "data-queue": entry.key, "aria-controls": "queue-panel",
      "aria-selected": String(entry.on), tabindex: entry.on ? "0" : "-1", "aria-keyshortcuts": String(entry.n),
    }).forEach(([name, value]) => node.setAttribute(name, value));
    const lit = (entry.count ?? 0) > 0 && (entry.key === "yellow" || entry.key === "red") ? entry.key : null;
    node.replaceChildren(
      span("count number", lit && mark(lit), number(entry.count), el("kbd", {}, entry.n)),
      span("label", t(`desk_queue.${entry.key}`)),
    );
  });
  byId("queue-panel").setAttribute("aria-labelledby", `tab-${queue}`);
}

/** @param {Row} row */
const light = (row) => (row.light === "red" || row.light === "yellow" ? row.light : "none");

/** @param {Row} row */
function flags(row) {
  /** @type {string[]} */
  const told = [];
  if (row.urges) told.push(t("desk_flag.urged", { n: row.urges }));
  if (row.returns) told.push(t("desk_flag.returned", { n: row.returns }));
  if (row.reworks) told.push(t("desk_flag.reworked", { n: row.reworks }));
  if (row.reopens) told.push(t("desk_flag.reopened", { n: row.reopens }));
  if (row.corrections) told.push(t("desk_flag.corrected", { n: row.corrections }));
  if (row.appealed) told.push(t("desk_flag.appealed"));
  if (row.photos) told.push(t("desk_flag.photos", { n: row.photos }));
  return told;
}

/** @param {Row} row */
const ended = (row) => row.stage === "closed" || row.stage === "voided";
/**
 * What has ended has no time left; when it was reported tells it from others.
 * @param {Row} row
 */
const leftOf = (row) => (ended(row) ? words.when(row.reported_at) : words.left(row));

/**
 * @param {HTMLElement} node
 * @param {Row} row
 */
function drawRow(node, row) {
  const lit = light(row);
  node.className = `row light-edge-${row.suspended ? "none" : lit}${ended(row) ? " ended" : ""}`;
  node.setAttribute("role", "option");
  node.id = `row-${row.id}`;
  const what = words.what(row.category, row.title);
  const share = row.clock && row.clock.share_left !== null ? Math.max(0, Math.min(1, row.clock.share_left)) : 0;
  const handler = words.unit(row.unit, row.handler) || t("desk.no_handler");
  const people = [`#${row.id}`, handler, words.person(row.responsible && { ...row.responsible, at: null })].join(" · ");
  node.replaceChildren(
    el("i", { class: "burn", "aria-hidden": "true" }, el("i", { style: { height: `${Math.round(100 * (lit === "red" ? 1 : share))}%` } })),
    div("row-line", name("what", what), span(`time-left ${lit !== "none" ? `light-${lit}` : ""}`, lit !== "none" && mark(lit), span("left-words", leftOf(row)))),
    div("row-line quiet", name("where", words.place(row)), span("stage", words.stage(row.stage))),
    div("row-line quiet", name("who", people), span("flags", flags(row).join(" · "))),
  );
}

function drawList() {
  const panel = list();
  const anchor = anchorOf(panel);
  const before = anchor ? anchor.offsetTop - panel.scrollTop : 0;
  keep(panel, rows(), (row) => row.id, drawRow);
  if (anchor && panel.contains(anchor) && panel.scrollTop > 0) panel.scrollTop = anchor.offsetTop - before;
  showActive();
  tick();
  drawTotals();
}

/* How many there are, and what this list leaves out. */
function drawTotals() {
  byId("queue-empty").textContent = rows().length || !answer ? "" : t(sought ? "desk.nothing_found" : `desk_empty.${queue}`);
  byId("queue-total").textContent = answer ? t("desk.total", { n: number(answer.total) }) : "";
  if (!answer) return;
  /** @type {Node[]} */
  const notes = [];
  if (answer.elsewhere) {
    const told = t("desk.elsewhere", { n: number(answer.elsewhere), queue: t(`desk_queue.${queue}`) });
    notes.push(el("button", { type: "button", class: "switch", onclick: () => choose("all") }, told, el("kbd", {}, "1")));
  }
  if (sought && queue === "all" && answer.ended) notes.push(el("span", {}, t("desk.found_ended", { n: number(answer.ended) })));
  if (sought && answer.ended_since) notes.push(el("span", {}, t("desk.found_since", { at: words.when(answer.ended_since) })));
  if (answer.total > rows().length && limit >= MOST) notes.push(el("span", {}, t("desk.list_cut", { n: number(rows().length) })));
  fill("queue-notes", notes);
}

/**
 * What stands still while the list changes: the row in hand where it is in sight, else the first in sight.
 * @param {HTMLElement} panel
 */
function anchorOf(panel) {
  /** @param {HTMLElement} node */
  const seen = (node) => node.offsetTop + node.offsetHeight > panel.scrollTop && node.offsetTop < panel.scrollTop + panel.clientHeight;
  const hand = active() === null ? null : nodeOf(active());
  return hand && seen(hand) ? hand : (rowNodes(panel).find(seen) ?? null);
}

/** @param {HTMLElement} panel */
const rowNodes = (panel) => /** @type {HTMLElement[]} */ ([...panel.children]);

/**
 * Frame the opened incident.
 * @returns {void}
 */
export function showActive() {
  const panel = list();
  rowNodes(panel).forEach((node) => {
    const framed = node.dataset.key === String(active());
    node.classList.toggle("active", framed);
    node.setAttribute("aria-selected", String(framed));
  });
  if (active() !== null && nodeOf(active())) panel.setAttribute("aria-activedescendant", `row-${active()}`);
  else panel.removeAttribute("aria-activedescendant");
}

/* Whether a light has changed since the answer: then counts and order have changed as well, and it is time to ask again.
   Once for each change: the last word is the server's. */
/** @type {Set<string>} */
const turned = new Set();

/** @returns {boolean} */
export function lightsMoved() {
  const moved = rows().filter((row) => words.light(row, now()) !== light(row)).map((row) => `${row.id} ${row.n} ${light(row)}`);
  const fresh = moved.filter((key) => !turned.has(key));
  if (turned.size > 1000) turned.clear();
  fresh.forEach((key) => turned.add(key));
  return fresh.length > 0;
}

/* Time goes on between answers. */
function tick() {
  rowNodes(list()).forEach((node) => {
    const row = rowOf(Number(node.dataset.key));
    const line = node.querySelector(".left-words");
    if (!row || !line) return;
    const told = leftOf(row);
    if (line.textContent !== told) line.textContent = told;
  });
}

/** Why the list is empty. */
const emptiness = () => byId("queue-empty").textContent ?? "";

/**
 * To the next row or the one before; from an incident that has left the list, to what took its place.
 * @param {number} by 1 or -1
 * @returns {void}
 */
export function move(by) {
  list().focus({ preventScroll: true });
  if (!rows().length) return why.say(emptiness());
  const here = rows().findIndex((row) => row.id === incident.openedId());
  const next = here >= 0 ? here + by : Math.min(place, rows().length) + (by > 0 ? 0 : -1);
  const row = rows()[here < 0 ? Math.max(0, Math.min(rows().length - 1, next)) : next];
  if (!row) return why.say(t(by > 0 ? "desk_why.last" : "desk_why.first"));
  incident.open(row.id, { settle: true });
  nodeOf(active())?.scrollIntoView({ block: "nearest" });
  if (next > rows().length - 10) more();
}

function more() {
  if (!answer || answer.total <= rows().length || limit >= MOST) return;
  limit = Math.min(MOST, limit + PAGE);
  above.followSoon();
}

/**
 * @param {string} key of a queue
 * @returns {void}
 */
export function choose(key) {
  if (!deskConfig().queues.includes(key)) return;
  queue = key;
  limit = PAGE;
  place = 0;
  arriving = true;
  list().scrollTop = 0;
  drawTabs();
  above.keepAddress();
  above.followNow();
  if (key === "mine" && !session.person()) session.needed();
}

/** @param {string} text */
function seek(text) {
  clearTimeout(searchTimer);
  if (text === sought) return;
  sought = text;
  limit = PAGE;
  place = 0;
  list().scrollTop = 0;
}

/**
 * Enter in the search box: the first that is found.
 * @returns {Promise<void>}
 */
export async function enter() {
  seek(searchBox().value.trim());
  await fetchNow();
  list().focus({ preventScroll: true });
  if (rows().length) await incident.open(rows()[0].id);
  else why.say(emptiness());
}

/** @returns {HTMLInputElement} */
export const searchBox = () => /** @type {HTMLInputElement} */ (byId("search"));

/* Made here: Dash's own input brings a look of its own. */
function newSearchBox() {
  const label = t("desk.search");
  return el("input", { id: "search", type: "search", class: "input", autocomplete: "off", placeholder: label, "aria-label": label, maxlength: 200 });
}

/**
 * What the pressed element, or one around it, says by an attribute.
 * @param {Event} event
 * @param {string} attribute
 */
const keyUnder = ({ target }, attribute) => (target instanceof Element ? target.closest(`[${attribute}]`)?.getAttribute(attribute) : null);

/** @returns {void} */
export function start() {
  fill("search-place", newSearchBox());
  const wanted = new URLSearchParams(location.search).get("queue") ?? "";
  if (deskConfig().queues.includes(wanted)) queue = wanted;
  drawTabs();
  list().addEventListener("click", (event) => {
    const key = keyUnder(event, "data-key");
    if (key) incident.open(Number(key));
  });
  list().addEventListener("scroll", () => {
    if (list().scrollTop + list().clientHeight > list().scrollHeight - 400) more();
  }, { passive: true });
  byId("queues").addEventListener("click", (event) => {
    const key = keyUnder(event, "data-queue");
    if (key) choose(key);
  });
  byId("queues").addEventListener("keydown", (event) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!by) return;
    const { queues } = deskConfig();
    choose(queues[(queues.indexOf(queue) + by + queues.length) % queues.length]);
    byId(`tab-${queue}`).focus();
    event.preventDefault();
  });
  searchBox().addEventListener("input", () => {
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => {
      seek(searchBox().value.trim());
      above.followNow();
    }, SEARCH_MS);
  });
  setInterval(tick, 10000);
}

/** The queue that is chosen. */
export const chosen = () => queue;
/** Whether a text is looked for. */
export const seeking = () => sought !== "";
