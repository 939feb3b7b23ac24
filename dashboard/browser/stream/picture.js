/* The picture on the page: that of the stream, or of a past moment while the stream goes on and draws nothing. */
import { atEnd } from "../lib/lifetime.js";
import { signal } from "../lib/signal.js";
import * as stream from "./stream.js";

/** @typedef {import("../types").Frame} Frame */
/** @typedef {import("../types").MapDocument} MapDocument */

/** What comes onto the page, live or past. @type {import("../lib/signal.js").Signal<Frame>} */
export const frames = signal();
/** @type {import("../lib/signal.js").Signal<MapDocument>} */
export const maps = signal();

/** @type {{ frame?: Frame, map?: MapDocument }} */
let newest = {}; // of the stream, drawn or not
let held = false;
/** @type {Frame | null} */
let onPage = null;

/**
 * @param {Frame} frame
 * @returns {void}
 */
export function drawFrame(frame) {
  onPage = frame;
  frames.emit(frame);
}

/**
 * @param {MapDocument} map
 * @returns {void}
 */
export const drawMap = (map) => maps.emit(map);

/** The page shows another moment from now on. */
export function hold() {
  held = true;
}

/** And the stream's own again. */
export function release() {
  held = false;
  const { frame, map } = newest;
  if (frame) drawFrame(frame);
  if (map) drawMap(map);
}

/** @returns {void} */
export function start() {
  atEnd(() => {
    [newest, held, onPage] = [{}, false, null];
  });
  stream.connections.follow(() => (newest = {}));
  stream.frames.follow((frame) => {
    newest.frame = frame;
    if (!held) drawFrame(frame);
  });
  stream.maps.follow((map) => {
    newest.map = map;
    if (!held) drawMap(map);
  });
}

/** The frame on the page; null before the first. */
export const shown = () => onPage;
