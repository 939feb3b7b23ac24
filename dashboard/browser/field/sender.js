/* Sends the outbox: one sender at a time on the whole phone, each entry in order, each part until it is acknowledged.
Shared by page and service worker. */

import { upTo } from "./clock.js";
import { Refused, Unreachable, ask } from "./net.js";
import { inSameHands, sendingAlone } from "./locks.js";
import { announce, arrived } from "./outbox.js";
import { entries, entry, kept, putEntry } from "./vault.js";

/** @import { Entry, Me, Person } from "./types" */
/** @typedef {{ holder: string | null, person: Person | null, ahead: number }} Greeting who holds the phone, for whom the server takes us, by how many milliseconds its clock is ahead */

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;
const PHOTO_PATIENCE_MS = 90_000;
// Less is the way of the answer through the network, not the phone's clock.
const SKEW_MS = 30_000;

/**
 * Tries all that is due.
 * @returns {Promise<{ open: number, next_at: number, reached: boolean }>} how many entries still wait, when the next one is due
 *   (0 = none), whether the server answered
 */
export function sendDue() {
  return sendingAlone(async () => {
    const due = (await entries()).filter(isDue);
    const reached = due.length === 0 || (await pass(due));
    const waiting = (await entries()).filter((one) => one.state === "waiting");
    const next = waiting.filter((one) => one.next_at > 0).map((one) => one.next_at);
    return { open: waiting.length, next_at: next.length ? Math.min(...next) : 0, reached };
  });
}

/** @param {Entry} one */
const isDue = (one) => one.state === "waiting" && one.next_at <= Date.now();

/** @param {Entry[]} due */
async function pass(due) {
  /** @type {Greeting | null | undefined} */
  let server;
  // An entry waits for those before it on the same incident, whatever became of them.
  for (const { id } of due) {
    const found = await entry(id);
    if (!found || !isDue(found) || (await blocked(found))) continue;
    // Between two entries the phone may change hands.
    const sent = await inSameHands(async () => {
      if (!server || server.holder !== (await holder())) server = await greet();
      return server !== null && (await deliver(found, server));
    });
    if (server === null) {
      for (const one of due) await later(one, "");
    }
    if (!sent) return false;
  }
  return true;
}

/** Id of who holds the phone, by the phone. */
async function holder() {
  /** @type {Me | undefined} */
  const me = await kept("me");
  return me ? me.person.id : null;
}

/** @param {Entry} found */
async function blocked(found) {
  const before = (await entries()).filter((one) => one.order < found.order && one.state !== "sent");
  return found.incident !== null && before.some((one) => one.incident === found.incident);
}

/**
 * Who the server takes us for, and what time it is there; null where it cannot be reached.
 * @returns {Promise<Greeting | null>}
 */
async function greet() {
  try {
    const { data, at } = await ask("GET", "/session");
    const ahead = at - Date.now();
    return { holder: await holder(), person: await signedIn(data.person), ahead: Math.abs(ahead) < SKEW_MS ? 0 : ahead };
  } catch (error) {
    if (error instanceof Unreachable) return null;
    if (error instanceof Refused) return { holder: await holder(), person: null, ahead: 0 };
    throw error;
  }
}

/**
 * The server may have forgotten who we are while there was no network; the phone has not.
 * @param {Person | null} person
 * @returns {Promise<Person | null>}
 */
async function signedIn(person) {
  /** @type {Me | undefined} */
  const me = await kept("me");
  if (person || !me) return person;
  return (await ask("POST", "/session", { json: { person: me.person.id } })).data.person;
}

/**
 * Its maker may have thrown it away meanwhile.
 * @param {Entry} found
 */
async function save(found) {
  if (await entry(found.id)) await putEntry(found);
}

/**
 * @param {Entry} found
 * @param {Greeting} server
 * @returns {Promise<boolean>} whether the server answered
 */
async function deliver(found, server) {
  if (!server.person || server.person.id !== found.person.id) {
    await save({ ...found, problem: { code: "other_person", message: "", values: { name: found.person.name } }, next_at: 0 });
    announce();
    return true;
  }
  try {
    found.problem = null;
    found.at ??= momentOf(found, server.ahead, await doneBefore(found));
    await sendReport(found);
    await sendPhotos(found);
    await sendStep(found);
    await arrived(found);
  } catch (error) {
    if (error instanceof Unreachable) {
      await later(found, error.message);
      return error.reached;
    }
    if (!(error instanceof Refused)) throw error;
    await save({ ...found, state: "refused", problem: error.problem });
  }
  announce();
  return true;
}

/**
 * When it was done, by the server's clock: a phone may be wrong by hours. Never before what its maker had seen of the
 * incident, nor before what he did to it himself.
 * @param {Entry} found
 * @param {number} ahead_ms
 * @param {(string | null)[]} before
 */
function momentOf(found, ahead_ms, before) {
  const earliest = [found.not_before, ...before].flatMap((text) => (text ? [upTo(text)] : []));
  return new Date(Math.max(found.made_at + ahead_ms, ...earliest)).toISOString();
}

/** @param {Entry} found */
async function doneBefore(found) {
  if (found.incident === null) return [];
  return (await entries()).filter((one) => one.order < found.order && one.incident === found.incident).map((one) => one.at);
}

/** @param {Entry} found */
async function sendReport(found) {
  if (!found.report || found.incident !== null) return;
  const json = { ...found.report, source: "grid", source_id: found.id, reported_at: found.at };
  found.incident = (await ask("POST", "/incidents", { json })).data.id;
  await save(found);
  // It had arrived before, and lies where this person sees nothing: its number is not said, nothing can be added.
  if (found.incident === null && (found.photos.length || found.step)) {
    throw new Refused(404, { code: "incident_unknown", message: "outside the person's grids" });
  }
}

/** @param {Entry} found */
async function sendPhotos(found) {
  for (const photo of found.photos) {
    if (photo.n !== null) continue;
    const options = { body: photo.content, type: photo.type, patience_ms: PHOTO_PATIENCE_MS };
    photo.n = (await ask("POST", `/incidents/${found.incident}/photos`, options)).data.n;
    await save(found);
  }
}

/** @param {Entry} found */
async function sendStep(found) {
  if (!found.step || found.step.done) return;
  const { kind, detail, key } = found.step;
  const expect = found.seen_n === null ? {} : { expect_n: expected(found.seen_n, found.photos) };
  const json = { kind, at: found.at, actor: found.person.name, detail: { ...detail, key }, ...expect };
  await ask("POST", `/incidents/${found.incident}/events`, { json });
  found.step.done = true;
  await save(found);
}

/**
 * The last event its maker knows of: the one seen, and our own photos if they follow it without a gap.
 * @param {number} seen
 * @param {{ n: number | null }[]} photos
 */
export function expected(seen, photos) {
  let last = seen;
  for (const n of photos.map((photo) => photo.n ?? 0).sort((a, b) => a - b)) if (n === last + 1) last = n;
  return last;
}

/**
 * @param {Entry} found
 * @param {string} message
 */
async function later(found, message) {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(found.tries, 10), LONGEST_WAIT_MS);
  const next_at = Date.now() + wait * (0.75 + Math.random() / 2);
  await save({ ...found, tries: found.tries + 1, next_at, problem: { code: "later", message, values: {} } });
  announce();
}
