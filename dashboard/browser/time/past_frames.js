/* Pictures of the past, asked for one at a time: while one is under way, only the newest wish waits. */
import { documentAt } from "../lib/fetch.js";
import { after, atEnd } from "../lib/lifetime.js";
import * as view from "../view/view.js";

/** @typedef {"now" | "then"} Known as known when */
/** @typedef {{ moment: number, known: Known, view: string }} Wish */

const FRAME_MS = 500; // between two requests
const RETRY_MS = 2000;
const PATIENCE_MS = 30000;

/** @type {Wish | null} */
let wish = null;
let underWay = false;
let notBefore = 0;
let stopWaiting = () => {};
let era = 0; // what was asked in an earlier one is no longer wanted
let asked = 0;
/** @type {(picture: import("../types").PastPicture) => void} */
let drawn = () => {};
let failed = () => {};

/**
 * @param {{ drawn: (picture: import("../types").PastPicture) => void, failed: () => void }} heard
 * @returns {void}
 */
export function start(heard) {
  ({ drawn, failed } = heard);
  atEnd(forget);
}

/**
 * @param {number} moment
 * @param {Known} known
 * @returns {void}
 */
export function ask(moment, known) {
  wish = { moment, known, view: view.query() };
  next();
}

/** @returns {void} */
export function forget() {
  wish = null;
  era += 1;
  stopWaiting();
}

function next() {
  if (underWay || wish === null) return;
  stopWaiting();
  const wait = notBefore - Date.now();
  if (wait > 0) stopWaiting = after(wait, next);
  else send(wish);
}

/** @param {Wish} sent */
async function send(sent) {
  const begun = era;
  wish = null;
  underWay = true;
  asked += 1;
  notBefore = Date.now() + FRAME_MS;
  const wanted = () => begun === era && sent.view === view.query();
  try {
    const picture = await documentAt(addressOf(sent), PATIENCE_MS);
    if (wanted()) drawn(picture);
  } catch {
    if (wanted()) retry(sent);
  } finally {
    underWay = false;
    next();
  }
}

/** @param {Wish} sent */
function addressOf({ moment, known, view: query }) {
  const at = new Date(Math.floor(moment / 1000) * 1000).toISOString(); // moments are of whole seconds
  return `/api/v1/frame?${query}&moment=${encodeURIComponent(at)}&known=${known}`;
}

/** @param {Wish} sent */
function retry(sent) {
  wish ??= sent;
  notBefore = Date.now() + RETRY_MS;
  failed();
}

/** How many were asked for. */
export const requests = () => asked;
