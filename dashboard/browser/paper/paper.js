/* The page on paper: in its colours, with the moment of its numbers and a picture of the map. */
import { t } from "../lib/format.js";
import { atEnd, listen } from "../lib/lifetime.js";
import { written } from "../lib/moment.js";
import * as colours from "../lib/paper_colours.js";
import { onPaper, sayPrinted, unsayPrinted } from "../lib/printed.js";
import * as picture from "../stream/picture.js";
import * as paperMap from "./paper_map.js";

/**
 * @typedef {object} Dressing
 * @property {() => void} redraw draw the page anew, in other colours
 * @property {paperMap.Paint | null} paintOver what lies over the map's own picture
 */

/** @type {Dressing} */
let dressing = { redraw() {}, paintOver: null };

function enter() {
  const entered = colours.enter();
  if (!entered) return;
  if (picture.shown()) dressing.redraw();
  paperMap.lay(entered.screen, entered.table, dressing.paintOver);
  // Wider sheets have the same chart, larger.
  const { width, height } = colours.CHART;
  charts().forEach((svg) => svg.setAttribute("viewBox", `0 0 ${width} ${height}`));
  const moment = written(picture.shown()?.moment ?? new Date(), true);
  sayPrinted(t("page.printed", { moment }), document.getElementById("demo")?.textContent);
}

function leave() {
  if (!colours.leave()) return;
  if (picture.shown()) dressing.redraw();
  paperMap.take();
  charts().forEach((svg) => svg.removeAttribute("viewBox"));
  unsayPrinted();
}

const charts = () => document.querySelectorAll("#flow svg.main-svg");

/**
 * @param {Dressing} page
 * @returns {void}
 */
export function start(page) {
  dressing = page;
  atEnd(leave);
  onPaper(enter, leave, listen);
}
