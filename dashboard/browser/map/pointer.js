/* What is pressed on the map, and what lies under the pointer. */
import * as grids from "../city/grids.js";
import { atEnd } from "../lib/lifetime.js";
import { go } from "../view/view.js";
import { tip } from "./tip.js";
import { over } from "./over.js";
import { GRIDS, canvasMap, fits, state } from "./state.js";

/** @typedef {import("../types").Grid} Grid */

// What a hand does to the camera, and not what a window does that gets another size: both move the map.
const BY_HAND = ["wheel", "dragstart", "boxzoomstart", "rotatestart", "pitchstart", "touchmove"];

/** @type {{ grid: Grid | null, value: number | null } | null} */
let hovered = null; // the grid under the pointer, and its number
/** @type {MouseEvent | null} */
let pointer = null; // its last movement; Plotly's own events do not always say where they are
let isOut = false; // the pointer has left the map; Plotly holds events back a little, and may tell of a grid after that

/**
 * A place on the page as pixels and degrees of the map.
 * @param {MouseEvent} event
 * @returns {import("../types").Point}
 */
function pointOf(event) {
  const box = state.graph.getBoundingClientRect();
  const pixel = { x: event.clientX - box.left, y: event.clientY - box.top };
  const { lng, lat } = canvasMap().unproject([pixel.x, pixel.y]);
  return { ...pixel, lon: lng, lat };
}

/** @type {(event: any) => Grid | null} */
function gridOf(event) {
  const point = event.points.find((/** @type {any} */ entry) => entry.curveNumber === GRIDS);
  return point && state.drawn ? (grids.ofLevel(state.drawn.level)[point.location] ?? null) : null;
}

/** @type {(event: any) => number | null} */
function valueOf(event) {
  const [point] = event.points;
  return fits(state.newest) && point ? state.newest.values[point.pointIndex ?? point.pointNumber] : null;
}

/* What lies under the pointer, of the grids and of the layers. */
function tell() {
  if (pointer && !isOut) tip(hovered, over.at(pointOf(pointer)), pointer);
}

/** @param {any} event of Plotly */
function pressed(event) {
  if (over.press(pointOf(event.event))) return;
  const grid = gridOf(event);
  if (grid) go(grids.target(grid, state.shown?.within ?? null));
}

/** @param {any} event of Plotly */
function entered(event) {
  hovered = { grid: gridOf(event), value: valueOf(event) };
  tell();
}

function left() {
  hovered = null;
  tip(null);
}

function wentOut() {
  isOut = true;
  left();
}

const cameIn = () => void (isOut = false);

/** @param {any} event of MapLibre */
function moved(event) {
  pointer = event.originalEvent;
  tell();
}

const touch = () => void (state.touched = true);

/** @param {KeyboardEvent} event */
function keyed({ key }) {
  if (/^(Arrow|[-+=]$)/.test(key)) touch();
}

/**
 * Follow the pointer on the map there is.
 * @returns {void}
 */
export function follow() {
  const { graph } = state;
  const map = canvasMap();
  /** @type {[string, (event: any) => void][]} */
  const ofPlotly = [["plotly_click", pressed], ["plotly_hover", entered], ["plotly_unhover", left]];
  ofPlotly.forEach(([kind, handle]) => graph.on(kind, handle));
  /** @type {[string, (event: any) => void][]} */
  const ofMap = [...BY_HAND.map((kind) => /** @type {[string, () => void]} */ ([kind, touch])), ["mouseover", cameIn], ["mousemove", moved], ["mouseout", wentOut], ["zoomend", () => over.zoomed()]];
  ofMap.forEach(([kind, handle]) => map.on(kind, handle));
  const canvas = map.getCanvas();
  canvas.addEventListener("keydown", keyed);
  atEnd(() => {
    [hovered, pointer, isOut] = [null, null, false];
    ofPlotly.forEach(([kind, handle]) => graph.removeListener?.(kind, handle));
    ofMap.forEach(([kind, handle]) => map.off(kind, handle));
    canvas.removeEventListener("keydown", keyed);
  });
}
