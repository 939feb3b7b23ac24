/* The values of the stream as colours of the grids: no more often than the machine can draw them. */
import * as grids from "../city/grids.js";
import { after, atEnd } from "../lib/lifetime.js";
import { stepsFor } from "../lib/ramp.js";
import { paint } from "./colours.js";
import { over } from "./over.js";
import { GRIDS, canvasMap, fits, state } from "./state.js";

/** @typedef {import("../types").MapDocument} MapDocument */

const OUTSIDE = -2;
export const NO_DATA = -1;
const POUR_MS = 1000; // it redraws every polygon
const POUR_SHARE = 0.1; // of a machine's time goes into it at most: one without a graphics card needs some hundred ms
const LOOK_MS = 20;
const POUR_LAST_MS = 8000; // but so often it is done however long it takes

let pouredAt = 0;
let tookMs = 0; // from the values to the pixels
let callOff = () => {};
let pours = 0;

/** @returns {void} */
export function start() {
  atEnd(() => {
    [pouredAt, tookMs, pours] = [0, 0, 0];
  });
}

/**
 * What the colour scale knows: a step of the ramp for every grid of the level.
 * @param {MapDocument} message
 * @returns {number[]}
 */
export function stepsOf(message) {
  const ramp = stepsFor(message.kpi, Math.max(1, message.breaks.length - 1));
  const inView = new Set(grids.inside(message.within, message.level).map((grid) => grid.id));
  return grids.ofLevel(message.level).map((grid, i) => {
    if (message.within && !inView.has(grid.id)) return OUTSIDE;
    if (over.covers()) return NO_DATA;
    const found = message.classes[i];
    return found === null || found === undefined ? NO_DATA : ramp[found];
  });
}

/**
 * @param {MapDocument} message
 * @returns {void}
 */
export function pour(message) {
  state.newest = message;
  schedule();
}

/** @returns {void} */
export function schedule() {
  callOff();
  const restMs = Math.min(Math.max(POUR_MS, tookMs / POUR_SHARE), POUR_LAST_MS);
  callOff = after(Math.max(0, pouredAt + restMs - Date.now()), pourNow);
}

/* Until the graphics card, or what stands for it, has drawn it. */
function time() {
  const began = performance.now();
  const map = canvasMap();
  map.once("render", () => {
    const pen = map.getCanvas().getContext("webgl2");
    const drawing = pen.fenceSync(pen.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (!drawing) return; // the context was lost
    const look = () => {
      tookMs = performance.now() - began;
      if (pen.clientWaitSync(drawing, 0, 0) === pen.TIMEOUT_EXPIRED) after(LOOK_MS, look);
      else pen.deleteSync(drawing);
    };
    after(LOOK_MS, look);
  });
}

function pourNow() {
  const { graph, moving, drawn, shown, newest } = state;
  if (!graph || moving || drawn !== shown || !fits(newest)) return;
  pouredAt = Date.now();
  pours += 1;
  if (paint(graph, GRIDS, stepsOf(newest))) time();
}

/**
 * The grids' own colours once more, where what lies over them has changed.
 * @returns {void}
 */
export function repaint() {
  const { graph, drawn, newest } = state;
  if (drawn && fits(newest)) paint(graph, GRIDS, stepsOf(newest));
}

/** How often values were poured. */
export const updates = () => pours;
