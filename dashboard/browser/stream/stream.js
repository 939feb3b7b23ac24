/* The stream: one native EventSource that only carries. It connects, connects again, and knows how old the newest numbers
   are; what a frame or a map means is the matter of those that follow. */
import { after, atEnd, every, listen } from "../lib/lifetime.js";
import { signal } from "../lib/signal.js";

/** @typedef {import("../types").Frame} Frame */
/** @typedef {import("../types").MapDocument} MapDocument */

const STALE_MS = 10000;
const SILENT_MS = 12000; // an open connection that says nothing for so long is dead (a laptop slept)
const BACKOFF_MS = [500, 1000, 2000, 4000];

/** @type {import("../lib/signal.js").Signal<Frame>} */
export const frames = signal();
/** @type {import("../lib/signal.js").Signal<MapDocument>} */
export const maps = signal();
/** Another view is followed from here on. @type {import("../lib/signal.js").Signal<string>} */
export const connections = signal();
/** Every second, and whenever the server said how new its numbers are. @type {import("../lib/signal.js").Signal<null>} */
export const ticks = signal();

/** @type {EventSource | null} */
let source = null;
let address = "";
/** @type {string | null} */
let version = null;
let heardAt = Date.now(); // when the numbers were the newest, by this machine's clock, as every age below
let openedAt = 0;
let attempt = 0;
let stopReopening = () => {};
let skewMs = 0;
/** @type {string | null} */
let dataAt = null; // when the numbers shown were known to be the newest
/** @type {number | null} */
let newest = null;

/**
 * A server that lives may have lost its database: what counts is when its numbers were known to be the newest.
 * @param {{ fresh?: boolean, data_at?: string | null }} message
 * @param {string} moment
 */
function heard(message, moment) {
  if (message.fresh === false) return; // the server lives, its data does not
  const sentAt = new Date(moment).getTime();
  const ageMs = message.data_at ? Math.max(0, sentAt - new Date(message.data_at).getTime()) : 0;
  heardAt = Date.now() - ageMs;
  attempt = 0;
  skewMs = sentAt - Date.now();
  if (message.data_at) dataAt = message.data_at;
  ticks.emit(null);
}

/** @type {Record<string, (message: any) => void>} */
const handlers = {
  hello(message) {
    if (version !== null && version !== message.version) location.reload();
    version = message.version;
  },
  frame(message) {
    newest = message.seq;
    heard(message, message.moment);
    frames.emit(message);
  },
  map(message) {
    maps.emit(message);
  },
  beat(message) {
    if (message.seq !== undefined) newest = message.seq;
    heard(message, message.now);
  },
};

function open() {
  stopReopening();
  source?.close();
  openedAt = Date.now();
  const opened = new EventSource(`/api/v1/stream?${address}`);
  source = opened;
  Object.entries(handlers).forEach(([name, handle]) => {
    opened.addEventListener(name, (event) => {
      if (opened === source) handle(JSON.parse(event.data));
    });
  });
  opened.addEventListener("error", () => {
    if (opened === source && opened.readyState === EventSource.CLOSED) reopenLater();
  });
}

function reopenLater() {
  stopReopening();
  stopReopening = after(BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)], open);
  attempt += 1;
}

/**
 * Follow another view; the old stream ends.
 * @param {string} query of the address of the stream
 * @returns {void}
 */
export function connect(query) {
  address = query;
  attempt = 0;
  connections.emit(query);
  open();
}

function guard() {
  const time = Date.now();
  if (source && time - heardAt > SILENT_MS && time - openedAt > SILENT_MS) open();
}

function close() {
  source?.close();
  source = null;
  version = null;
  newest = null;
  dataAt = null;
}

/**
 * Ages come from timestamps, not from counting ticks: a machine that slept wakes up stale.
 * @returns {void}
 */
export function start() {
  atEnd(close);
  heardAt = Date.now();
  const step = () => {
    guard();
    ticks.emit(null);
  };
  every(1000, step);
  listen(document, "visibilitychange", step);
  step();
}

/** How long ago the numbers were known to be the newest. */
export const ageMs = () => Date.now() - heardAt;
export const isStale = () => ageMs() > STALE_MS;
/** When the numbers were known to be the newest, as the server writes it; null before there are any. */
export const knownAt = () => dataAt;
/** The number of the newest event that the numbers know; null before there are any. */
export const seq = () => newest;
/** The server's time. */
export const now = () => Date.now() + skewMs;
