/* What a supervisor looks at: time left, units, the oldest, the last thirty days. Pure functions of the frame. */
import { div, empty, h, link, mark, name as named, number as counted, span } from "../lib/elements.js";
import { local, number, short, t, when } from "../lib/format.js";

const UNIT_ROWS = 9;
const OLDEST_ROWS = 6;
/** @typedef {import("../types").Frame} Frame */

/** @type {Record<string, string>} */
const LIGHT_OF = { overdue_long: "red", overdue_day: "red" }; // nearly due is no yellow light: that follows from office hours

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function deadlines(frame) {
  const counts = (frame.deadlines || { counts: [] }).counts;
  if (!counts.length) return empty();
  const most = Math.max(1, ...counts.map((entry) => entry.count));
  return counts.map(({ key, count }) => {
    const light = count > 0 ? LIGHT_OF[key] : null;
    const bar = h("Div", { className: "bar" }, h("I", { className: light ? `light-${light}` : "", style: { width: `${(100 * count) / most}%` } }));
    const about = { of: key, name: t(`deadlines.${key}`), count, within: frame.within };
    return div("deadline-row", span("name", light && mark(light), light && " ", t(`deadlines.${key}`)), bar,
      span("value", counted(about, number(count))));
  });
}

/**
 * @param {Frame} frame
 * @param {import("../types").UnitRow} row
 * @param {"yellow" | "red"} light
 * @param {string} of
 */
function lit(frame, row, light, of) {
  const count = row[light];
  const about = { of, name: t(`today.${of}`), count, within: frame.within, unit: row.unit };
  const shown = counted(about, number(count));
  return count > 0 ? span(`count light-${light}`, mark(light), shown) : span("count zero", shown);
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function units(frame) {
  const { total, rows } = frame.units || { total: 0, rows: [] };
  if (!total) return h("P", { className: "empty" }, t("units.empty"));
  const told = rows.slice(0, UNIT_ROWS).map((row) => {
    const said = row.name || (row.unit ? row.unit : t("units.none"));
    const about = { of: "open", name: said, count: row.open, within: frame.within, unit: row.unit };
    return div("unit-row", named(said), span("value", counted(about, number(row.open))),
      lit(frame, row, "yellow", "yellow"), lit(frame, row, "red", "overdue"));
  });
  const rest = total - told.length;
  return rest > 0 ? [...told, div("league-rest", t("units.rest", { n: rest }))] : told;
}

const HOUR_MS = 3600e3;
/** @param {number} ms */
function hoursOrDays(ms) {
  const hours = Math.floor(ms / HOUR_MS);
  return hours < 48 ? t("oldest.hours", { n: hours }) : t("oldest.days", { n: Math.floor(hours / 24) });
}

/**
 * How long past its deadline, or how long until then, each under the same head. Which of both the light says: it is the
 * server's answer, and no comparison of clocks.
 * @param {{ due: string | null, light: string }} row
 * @param {string} moment
 * @returns {import("../types").Doc}
 */
export function timeLeft({ due, light }, moment) {
  if (!due) return span("quiet", t("oldest.no_clock"));
  const leftMs = new Date(due).getTime() - new Date(moment).getTime();
  if (light === "red") return span("light-red", mark("red"), " ", hoursOrDays(Math.max(0, -leftMs)));
  const left = t("oldest.left", { time: hoursOrDays(Math.max(0, leftMs)) });
  return light === "yellow" ? span("light-yellow", mark("yellow"), " ", left) : span("quiet", left);
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function oldest(frame) {
  const rows = frame.oldest || [];
  if (!rows.length) return empty();
  return rows.slice(0, OLDEST_ROWS).map((one) => {
    const line = `${short(local(one.grid)) || t("newest.unlocated")} · ${local(one.category) || t("newest.uncategorised")}`;
    const facts = [t(`stage.${one.stage}`), one.unit_name || one.unit || t("units.none")].join(" · ");
    return link(one.grid_id, "incident", span("at", when(one.at, frame.moment)), h("Span", { className: "name", title: line }, line),
      timeLeft(one, frame.moment),
      h("Span", { className: "detail", title: facts }, facts));
  });
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function trend(frame) {
  if (!frame.trend?.days.length) return empty();
  const { days, reported, closed, month } = frame.trend;
  const most = Math.max(1, ...reported, ...closed);
  const bar = (/** @type {string} */ name, /** @type {number} */ n) => h("I", { className: name, style: { height: `${(100 * n) / most}%` } });
  const bars = days.map((day, i) => h("Div", { className: "day" }, bar("reported", reported[i]), bar("closed", closed[i])));
  const totals = ["reported", "closed"].map((of) => {
    const name = t(`today.${of}`);
    return span("", name, " ", counted({ of, name, count: month[of], within: frame.within }, number(month[of])));
  });
  return [div("trend-bars", bars), div("trend-totals quiet", totals)];
}
