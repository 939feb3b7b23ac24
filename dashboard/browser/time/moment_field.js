/* The field of the time machine: the moment as the city writes it, whatever the browser's own language. */
import { t } from "../lib/format.js";
import { atEnd } from "../lib/lifetime.js";
import * as moments from "../lib/moment.js";
import * as stream from "../stream/stream.js";

const EARLIEST_MS = Date.UTC(2000, 0, 1);

/** @type {HTMLInputElement | null} */
let field = null;
let shown = 0; // the moment on the page
let edited = false; // what stands in the field is the viewer's, and not taken yet
/** @type {(moment: number) => void} */
let goTo = () => {};

const focused = () => document.activeElement === field;

/**
 * Called with every moment of the page; what is being written is left alone.
 * @param {number} moment
 * @returns {void}
 */
export function show(moment) {
  shown = moment;
  if (!edited && !focused()) write();
}

function write() {
  edited = false;
  if (field) field.value = moments.written(shown);
  complain(null);
}

/** @param {string | null} text */
function complain(text) {
  field?.setAttribute("aria-invalid", String(text !== null));
  const said = document.getElementById("time-said");
  if (said) said.textContent = text ?? "";
}

function take() {
  if (!edited || !field) return;
  const now = stream.now();
  const wanted = moments.understood(field.value, shown, now);
  if (wanted === null || wanted < EARLIEST_MS || wanted > now) {
    complain(t("time_machine.field_wrong", { moment: moments.written(now) }));
    return;
  }
  shown = wanted;
  write();
  goTo(wanted);
}

/**
 * Back to the moment on the page, while somebody writes; false where nothing was written.
 * @returns {boolean}
 */
export function undo() {
  if (!edited || !focused()) return false;
  write();
  return true;
}

/**
 * The page went elsewhere: what was written before, and left, no longer matters.
 * @returns {void}
 */
export function forget() {
  if (!focused()) edited = false;
}

/**
 * @param {string} label
 * @param {(moment: number) => void} go
 * @returns {void}
 */
export function start(label, go) {
  goTo = go;
  const made = document.createElement("input");
  Object.assign(made, { type: "text", title: label, autocomplete: "off", spellcheck: false });
  made.setAttribute("aria-label", label);
  made.setAttribute("aria-describedby", "time-said");
  made.addEventListener("input", () => {
    edited = true;
    complain(null);
  });
  made.addEventListener("change", take);
  made.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) take();
  });
  document.getElementById("time-field")?.replaceChildren(made);
  field = made;
  atEnd(() => {
    made.remove();
    [field, edited] = [null, false];
  });
}
