/* The wall in the hands of a phone: a code in the corner, and a stream of commands. */
import { t } from "../lib/format.js";
import { after, atEnd, every, listen, patience } from "../lib/lifetime.js";
import * as standing from "../map/standing.js";

const SHOWN_MS = 60e3;
const STEP_MS = 1000;
const SILENT_MS = 15e3; // the server says something every five seconds; an open line that does not is dead
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000];
const KEY = "c";

/* What this page calls itself, so that its phones stay with it when the line breaks. */
const name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @type {HTMLElement | null} */
let box = null;
/** @type {EventSource | null} */
let source = null;
let openedAt = 0;
let heardAt = 0;
let attempt = 0;
let stopReopening = () => {};
/** @type {(command: any) => void} */
let obey = () => {};
/** @type {{ code: string, phones: number } | null} */
let pairing = null; // what the server said last
let shownUntil = 0;

/** @type {Record<string, (message: any) => void>} */
const handlers = {
  pairing(message) {
    // A phone has used the code: nobody else needs to read the next one.
    if (pairing && message.phones > pairing.phones) shownUntil = 0;
    pairing = message;
    draw();
  },
  command: (message) => obey(message),
  beat() {},
};

function open() {
  stopReopening();
  source?.close();
  const opened = new EventSource(`/api/v1/walls/control?wall=${name}`);
  source = opened;
  openedAt = Date.now();
  Object.entries(handlers).forEach(([kind, handle]) => {
    opened.addEventListener(kind, (event) => {
      if (opened !== source) return;
      heardAt = Date.now();
      attempt = 0;
      handle(JSON.parse(event.data));
    });
  });
  opened.addEventListener("error", () => {
    if (opened !== source || opened.readyState !== EventSource.CLOSED) return;
    reopenLater();
    lookIfRefused();
  });
}

function reopenLater() {
  stopReopening();
  stopReopening = after(BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)], open);
  attempt += 1;
}

/* A stream does not say why it was refused. A screen whose key was revoked loads anew: the page then tells. */
async function lookIfRefused() {
  try {
    if ((await fetch("/api/v1/session", { cache: "no-store", signal: patience() })).status === 401) location.reload();
  } catch {
    // Not reached: it is tried again.
  }
}

/* A code is shown as long as it is asked for, and only while the server stands by it. */
function draw() {
  if (!box) return;
  const now = Date.now();
  const valid = pairing && now - heardAt < SILENT_MS;
  const shows = Boolean(valid && now < shownUntil);
  box.hidden = !shows;
  const spaced = shows ? (pairing?.code ?? "").replace(/(...)(?=.)/g, "$1 ") : "";
  box.textContent = shows ? t("remote.code", { address: `${location.host}/remote`, code: spaced }) : "";
  // Over the map and not in the header: what stands there must not make room for a minute.
  if (!box.isConnected) {
    document.querySelector(".centre")?.append(box);
    standing.watch(box);
  }
}

function step() {
  const now = Date.now();
  if (source && source.readyState !== EventSource.CLOSED && now - heardAt > SILENT_MS && now - openedAt > SILENT_MS) open();
  draw();
}

/** @param {KeyboardEvent} event */
function keyed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== KEY) return;
  shownUntil = Date.now() < shownUntil ? 0 : Date.now() + SHOWN_MS;
  draw();
}

function reset() {
  source?.close();
  box?.remove();
  [box, source, pairing, shownUntil, attempt] = [null, null, null, 0, 0];
}

/**
 * Called once the scenes stand; a second call changes nothing.
 * @param {(command: any) => void} command
 * @returns {void}
 */
export function start(command) {
  if (box) return;
  obey = command;
  atEnd(reset);
  box = document.createElement("span");
  box.id = "remote-code";
  box.className = "remote-code number";
  box.dataset.testid = "remote-code";
  shownUntil = Date.now() + SHOWN_MS;
  listen(document, "keydown", keyed);
  open();
  draw();
  every(STEP_MS, step);
}

/** For tests and for support: the code, and who follows this wall. */
export const state = () => ({ code: pairing && pairing.code, phones: pairing ? pairing.phones : 0, shown: Boolean(box && !box.hidden) });
