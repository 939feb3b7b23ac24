/* The colours of paper while the page is dressed for it: light whatever the screen is. */
import { config } from "./config.js";
import { rem } from "./sizes.js";

export const CHART = { width: 680, height: 150 }; // as wide as the narrower side of a sheet
const LETTER_PX = 12;

/** @type {import("../types").Dress | null} */
let screen = null; // palette and styles of the screen while the page is dressed for paper
/** @type {Map<string, string> | null} */
let table = null; // colour of the screen -> colour on paper

/** @type {(value: any) => string[]} */
const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(leaves));

/**
 * The same names stand for the same things in both palettes.
 * @param {object} from
 * @param {object} to
 */
function tableOf(from, to) {
  const there = leaves(to);
  return new Map(leaves(from).map((colour, i) => [colour.toLowerCase(), there[i]]));
}

/**
 * @param {any} value
 * @param {Map<string, string>} colours
 */
function translated(value, colours) {
  const text = JSON.stringify(value).replace(/#[0-9a-f]{6}\b/gi, (found) => colours.get(found.toLowerCase()) ?? found);
  return JSON.parse(text);
}

/**
 * Dress the configuration for paper; null where it is already.
 * @returns {{ screen: import("../types").Dress, table: Map<string, string> } | null}
 */
export function enter() {
  if (screen || !config) return null;
  const { palette, styles, paper } = config;
  table = tableOf(palette, paper);
  screen = { palette, styles };
  config.palette = paper;
  config.styles = translated(styles, table);
  return { screen, table };
}

/**
 * Back to the screen; false where it is there.
 * @returns {boolean}
 */
export function leave() {
  if (!screen) return false;
  [config.palette, config.styles] = [screen.palette, screen.styles];
  [screen, table] = [null, null];
  return true;
}

/**
 * A chart that was laid out in the colours and the size of the screen.
 * @param {{ data: any[], layout: object }} figure
 * @returns {{ data: any[], layout: object }}
 */
export function dressed(figure) {
  if (!table) return figure;
  const { data, layout } = translated(figure, table);
  return { data, layout: { ...layout, ...CHART } };
}

/** The size of small letters of what is drawn in pixels. */
export const unit = () => (table ? LETTER_PX : rem());
export const screenPalette = () => (screen ?? config).palette;
