/* The room of this page: what lies over the map, where the grid in view stands beside it, and where key and pairing code
   lie. Only where the style sheet lays panels over the map (`--room`, see room.css). */
import * as grids from "../city/grids.js";
import { after, atEnd, sizeObserver } from "../lib/lifetime.js";
import { mercator } from "../lib/mercator.js";
import * as room from "../lib/room.js";

const TAKEN = ".panel, .choosers, .past-band";
// What has no place of its own, and the corner it would like: across, down.
/** @type {[string, number[]][]} */
const FLOATING = [[".breadcrumb", [0, 0]], [".legend", [1, 0]], [".map-credit", [0, 1]], ["#remote-code", [1, 1]]];
const GAP_REM = 0.9;
const WAIT_MS = 250;
const WORTH = 1.04; // a city that could grow by less stays where it stands

/** @typedef {import("../types").Box} Box */
/** @typedef {{ element: HTMLElement, corner: number[], box: DOMRect }} Floating */

/** @type {Map<string | null, any>} */
const shapes = new Map(); // grid -> its silhouette
/** @type {any} */
let last = null; // where it stands: { within, wide, high, stand, graph }
let isLate = false; // the city follows the panels in a while
let callOff = () => {};
/** @type {ResizeObserver | null} */
let observer = null;
let refit = () => {};

/** @type {(name: string) => HTMLElement | null} */
const elementAt = (name) => document.querySelector(name);
const isOn = () => getComputedStyle(document.documentElement).getPropertyValue("--room").trim() === "1";
const gap = () => GAP_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);

/** @param {string | null} within */
function shapeOf(within) {
  if (!shapes.has(within)) {
    const leaves = grids.inside(within, grids.depth());
    const boxes = leaves.map(({ bbox: [west, south, east, north] }) => /** @type {Box} */ ([west, mercator(north), east, mercator(south)]));
    shapes.set(within, room.silhouette(boxes));
  }
  return shapes.get(within);
}

/**
 * Where elements lie on the map, those that are seen.
 * @param {Iterable<Element>} elements
 * @param {Element} graph
 * @returns {Box[]}
 */
function boxesOf(elements, graph) {
  const at = graph.getBoundingClientRect();
  return [...elements]
    .map((one) => one.getBoundingClientRect())
    .filter((box) => box.width > 1 && box.height > 1)
    .map((box) => [box.left - at.left, box.top - at.top, box.right - at.left, box.bottom - at.top]);
}

/** @type {(graph: Element) => Box} */
const areaOf = (graph) => [0, 0, graph.clientWidth, graph.clientHeight];
/** @type {(graph: Element) => Box[]} */
const takenOf = (graph) => boxesOf(document.querySelectorAll(TAKEN), graph);

/**
 * Where a grid (null = the city) stands on the map, as the camera needs it; null where it is simply in the middle.
 * @param {string | null} within
 * @param {Element} graph
 * @returns {import("../types").Stand | null}
 */
export function of(within, graph) {
  if (!isOn()) {
    FLOATING.forEach(([name]) => lay(elementAt(name), null));
    return (last = null);
  }
  const [shape, area, taken] = [shapeOf(within), areaOf(graph), takenOf(graph)];
  const same = last && last.within === within && last.wide === area[2] && last.high === area[3];
  const boxes = floating();
  const leaves = (/** @type {room.Stand} */ stand) => placesOf(boxes, shape, stand, area, taken).every(Boolean);
  const found = room.fit(shape, area, taken, gap(), leaves);
  if (!found) {
    FLOATING.forEach(([name]) => lay(elementAt(name), null));
    return (last = null);
  }
  const keeps = same && room.isFree(shape, last.stand, taken) && leaves(last.stand) && found.size < WORTH * last.stand.size;
  const stand = keeps ? last.stand : found;
  last = { within, wide: area[2], high: area[3], stand, graph };
  arrange(graph);
  return { west: shape.west, north: shape.north, wide: shape.wide, ...stand };
}

/**
 * The boxes without a place of their own that are seen now.
 * @returns {Floating[]}
 */
function floating() {
  const seen = FLOATING.flatMap(([name, corner]) => {
    const element = elementAt(name);
    return element ? [{ element, corner }] : [];
  });
  // Beside its last place a box may have been narrower than it is.
  seen.forEach(({ element }) => lay(element, null));
  return seen.map((one) => ({ ...one, box: one.element.getBoundingClientRect() })).filter(({ box }) => box.width > 1);
}

/**
 * A place for each of them beside the city, null for those that find none.
 * @param {Floating[]} boxes
 * @param {room.Silhouette} shape
 * @param {room.Stand} stand
 * @param {Box} area
 * @param {Box[]} taken
 * @returns {([number, number] | null)[]}
 */
function placesOf(boxes, shape, stand, area, taken) {
  const walls = [...taken, ...room.laid(shape, stand.size, stand.x, stand.y)];
  return boxes.map(({ box, corner }) => {
    const found = room.place({ wide: box.width, high: box.height, corner }, area, walls, gap() / 2);
    if (found) walls.push([found[0], found[1], found[0] + box.width, found[1] + box.height]);
    return found;
  });
}

/**
 * Key, credit and code in what the city leaves free; what finds no place lies where the style sheet has it.
 * @param {Element} graph
 */
function arrange(graph) {
  if (!last || !isOn()) return;
  const boxes = floating();
  const places = placesOf(boxes, shapeOf(last.within), last.stand, areaOf(graph), takenOf(graph));
  boxes.forEach(({ element }, i) => lay(element, places[i]));
}

/**
 * @param {HTMLElement | null} element
 * @param {[number, number] | null} found
 */
function lay(element, found) {
  if (!element) return;
  element.classList.toggle("laid", Boolean(found));
  element.style.left = found ? `${Math.round(found[0])}px` : "";
  element.style.top = found ? `${Math.round(found[1])}px` : "";
}

function changed() {
  // Key and code step aside at once, the city when the map's other changes are done.
  if (last) arrange(last.graph);
  callOff();
  isLate = true;
  callOff = after(WAIT_MS, () => {
    isLate = false;
    refit();
  });
}

/**
 * @param {Element} element
 * @returns {void}
 */
export const watch = (element) => observer?.observe(element);

/**
 * From now on: called when what lies over the map has another size.
 * @param {() => void} change
 * @returns {void}
 */
export function follow(change) {
  refit = change;
  document.querySelectorAll(`${TAKEN}, .breadcrumb, .legend`).forEach(watch);
}

/** @returns {void} */
export function start() {
  observer = sizeObserver(changed);
  atEnd(() => {
    shapes.clear();
    [last, isLate, observer, refit] = [null, false, null, () => {}];
  });
}

export const isWaiting = () => isLate;

/** For tests and for support: where the city stands. */
export const state = () => last && last.stand;
