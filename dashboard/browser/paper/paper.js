/* The page on paper: in its colours, with the moment of its numbers and a picture of the map. */
import { t } from "../lib/format.js";
import { atEnd, listen } from "../lib/lifetime.js";
import { written } from "../lib/moment.js";
import * as colours from "../lib/paper_colours.js";
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
  sayWhen();
}

function leave() {
  if (!colours.leave()) return;
  if (picture.shown()) dressing.redraw();
  paperMap.take();
  charts().forEach((svg) => svg.removeAttribute("viewBox"));
  const line = document.getElementById("printed");
  if (line) line.hidden = true;
}

const charts = () => document.querySelectorAll("#flow svg.main-svg");

function sayWhen() {
  const line = document.getElementById("printed");
  if (!line) return;
  const moment = written(picture.shown()?.moment ?? new Date(), true);
  const demo = document.getElementById("demo")?.textContent;
  line.textContent = [t("page.printed", { moment }), demo].filter(Boolean).join(" · ");
  line.hidden = false;
}

/**
 * @param {Dressing} page
 * @returns {void}
 */
export function start(page) {
  dressing = page;
  atEnd(leave);
  listen(window, "beforeprint", enter);
  listen(window, "afterprint", leave);
  // Some browsers, and what makes a file out of a page, tell it only so.
  listen(window.matchMedia("print"), "change", ({ matches }) => (matches ? enter() : leave()));
}
