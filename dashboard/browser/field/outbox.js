/* The outbox: what was reported or done on this phone and has not arrived yet. Nothing leaves it unsaid.

An entry is a report, or a step on an incident, with its photos. It is sent in parts, each of which may be repeated
without harm: the report is known by its id, a step by its key, a photo by its content. */

import { dropEntry, entries, entry, putEntry } from "./vault.js";

/** @import { Entry, Label, NewStep, Photo, Report } from "./types" */

const SENT_KEPT = 20;
const channel = new BroadcastChannel("grid-field-outbox");
/** @type {Set<() => unknown>} */
const listeners = new Set();

channel.onmessage = () => listeners.forEach((listener) => listener());

/* Tells this page and all other tabs that the outbox has changed. */
export function announce() {
  channel.postMessage("changed");
  listeners.forEach((listener) => listener());
}

/** @param {() => unknown} listener */
export const onChange = (listener) => listeners.add(listener);

/* `crypto.randomUUID` is for secure pages only; the bytes are for all. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

let lastOrder = 0;

/**
 * Behind everything this page has made, also within one millisecond; another tab's is another number.
 * @returns {number}
 */
function nextOrder() {
  lastOrder = Math.max(Date.now() + Math.random(), lastOrder + 0.001);
  return lastOrder;
}

/**
 * @param {{ id: string, name: string }} person
 * @param {Label} label
 * @param {Photo[]} photos
 * @returns {Entry}
 */
function fresh(person, label, photos) {
  return {
    id: uuid(),
    order: nextOrder(),
    made_at: Date.now(),
    person: { id: person.id, name: person.name },
    label,
    photos: photos.map((photo) => ({ ...photo, n: null })),
    report: null,
    incident: null,
    seen_n: null,
    not_before: null,
    step: null,
    at: null,
    state: "waiting",
    problem: null,
    tries: 0,
    next_at: 0,
  };
}

/**
 * @param {{ id: string, name: string }} person
 * @param {Label} label
 * @param {Report} report
 * @param {Photo[]} photos
 * @param {NewStep | null} step
 * @returns {Promise<string>} id of the entry
 */
export async function addReport(person, label, report, photos, step) {
  const made = fresh(person, label, photos);
  made.report = report;
  if (step) made.step = { ...step, key: uuid() };
  await putEntry(made);
  announce();
  return made.id;
}

/**
 * @param {{ id: string, name: string }} person
 * @param {Label} label
 * @param {number} incident
 * @param {{ n: number | null, last_at: string | null }} seen the incident as the worker saw it; `n` is null where another entry comes first
 * @param {NewStep | null} step
 * @param {Photo[]} photos
 * @returns {Promise<string>} id of the entry
 */
export async function addStep(person, label, incident, seen, step, photos) {
  const made = fresh(person, label, photos);
  made.incident = incident;
  made.seen_n = seen.n;
  made.not_before = seen.last_at;
  if (step) made.step = { ...step, key: uuid() };
  await putEntry(made);
  announce();
  return made.id;
}

/**
 * Changes an entry and lets it be tried again at once; a step that says something else is another step.
 * @param {string} id
 * @param {(found: Entry) => Entry} change
 */
export async function amend(id, change) {
  const found = await entry(id);
  if (!found) return;
  const amended = change(found) || found;
  if (amended.step) amended.step.key = uuid();
  await putEntry({ ...amended, state: "waiting", problem: null, tries: 0, next_at: 0 });
  announce();
}

/** @param {string} id */
export async function discard(id) {
  await dropEntry(id);
  announce();
}

export async function retryNow() {
  for (const found of await entries()) {
    if (found.state === "waiting" && found.next_at > 0) await putEntry({ ...found, next_at: 0 });
  }
}

/**
 * Of entries that have arrived, the last to arrive first.
 * @param {Entry} a
 * @param {Entry} b
 */
export const lastFirst = (a, b) => (b.sent_at ?? 0) - (a.sent_at ?? 0);

/**
 * Arrived: what stays is the line that says so.
 * @param {Entry} found
 */
export async function arrived(found) {
  await putEntry({ ...found, state: "sent", sent_at: Date.now(), photos: found.photos.map((photo) => ({ n: photo.n })) });
  const sent = (await entries()).filter((one) => one.state === "sent");
  for (const old of sent.sort(lastFirst).slice(SENT_KEPT)) await dropEntry(old.id);
}
