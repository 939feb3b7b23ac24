/* Following: the stream tells by its sequence number that something changed; what changed is fetched. */
import * as stream from "../stream/stream.js";
import * as incident from "./incident.js";
import * as queue from "./queue.js";
import { complain } from "./say.js";

const EVERY_MS = 1000; // at most so often
const SEARCH_EVERY_MS = 15000; // a search reads far more than a queue
const AT_LEAST_MS = 20000; // lights turn by themselves

/** @type {number | null} */
let seen = null;
let fetchedAt = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let busy = false;
let again = false;

async function fetchAll() {
  if (busy) return void (again = true);
  busy = true;
  again = false;
  fetchedAt = Date.now();
  try {
    await queue.fetchNow();
    await refreshOpened();
  } catch (error) {
    complain(error);
  } finally {
    busy = false;
    if (again) soon();
  }
}

/* The opened incident is fetched anew where its row moved on, or is not in sight. */
function refreshOpened() {
  if (incident.openedId() === null) return undefined;
  const shown = incident.shown();
  if (!incident.arrived() || !shown) return incident.reload();
  const row = queue.rowOf(shown.incident.id);
  const same = row && row.n === shown.row.n && row.light === shown.row.light;
  return same ? undefined : incident.reload();
}

/** @returns {void} */
export function soon() {
  clearTimeout(timer);
  timer = setTimeout(fetchAll, Math.max(0, fetchedAt + (queue.seeking() ? SEARCH_EVERY_MS : EVERY_MS) - Date.now()));
}

/** @returns {Promise<void>} */
export function immediately() {
  clearTimeout(timer);
  return fetchAll();
}

/** @returns {void} */
export function look() {
  const seq = stream.seq();
  if (seq !== seen || Date.now() - fetchedAt > AT_LEAST_MS || queue.lightsMoved()) {
    seen = seq;
    soon();
  }
  incident.tick();
}
