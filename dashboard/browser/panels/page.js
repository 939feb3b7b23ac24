/* The panels of the page: each is a function of the frame, or of the view, that gives components. */
import { config } from "../lib/config.js";
import { after, atEnd, listen } from "../lib/lifetime.js";
import { fill } from "../lib/paint.js";
import * as picture from "../stream/picture.js";
import * as view from "../view/view.js";
import * as flow from "./flow.js";

/** @typedef {import("../types").Frame} Frame */
/** @typedef {import("../types").ViewDocument} ViewDocument */
/** @typedef {import("../types").Children} Children */
/** @typedef {Record<string, (frame: Frame, view: ViewDocument | null) => Children>} Panels */
/** @typedef {Record<string, (view: ViewDocument) => Children>} Parts */

const RESIZED_MS = 250;

/** @type {Panels} */
let panels = {};
/** @type {Parts} */
let parts = {};
/** @type {ViewDocument | null} */
let looked = null;

/** @type {(id: string, children: Children) => void} */
function put(id, children) {
  const element = document.getElementById(id);
  if (element) fill(element, children);
}

/** @param {Frame} frame */
function draw(frame) {
  config.panels.forEach((name) => put(name, panels[name](frame, looked)));
  flow.draw(frame);
}

/** @param {ViewDocument} next */
function look(next) {
  looked = next;
  Object.entries(config.map_parts).forEach(([name, id]) => put(id, parts[name](next)));
}

/**
 * The panels of the frame on the page, where something else than the frame has changed.
 * @returns {void}
 */
export function redraw() {
  const frame = picture.shown();
  if (frame) draw(frame);
}

/**
 * @param {Panels} ofFrame by name
 * @param {Parts} ofView by name
 * @returns {void}
 */
export function start(ofFrame, ofView) {
  [panels, parts, looked] = [ofFrame, ofView, null];
  flow.start();
  view.documents.follow(look);
  picture.frames.follow(draw);
  // What is drawn in pixels follows a window that changes its size.
  let callOff = () => {};
  listen(window, "resize", () => {
    callOff();
    callOff = after(RESIZED_MS, redraw);
  });
  atEnd(() => (looked = null));
}
