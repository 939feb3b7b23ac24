/* A frame becomes the panels: pure functions from the document to components. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { div, empty, h, link, mark, name as named, number as counted, row as line, rowName, span } from "../lib/elements.js";
import { change, isNumber, kpi, local, number, percent, quantity, shares, short, t, when } from "../lib/format.js";

const LEAGUE_ROWS = 17;
const LEAGUE_KPI = "on_time_closing_rate";
const MEANS_CHILDREN = 5;
const NEWEST = 12;

/** @typedef {import("../types").Frame} Frame */
/** @typedef {import("../types").Doc} Doc */
/** @typedef {import("../types").LeagueRow} LeagueRow */

/** @type {(values: number[]) => number} */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @type {Record<string, number>} */
const LONG_HEADLINE = { zh: 34, en: 52 }; // letters that fit beside city and clock in one line

/**
 * The first finding is the sentence; what else there is stands smaller behind it, or below where both are long.
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function headline(frame) {
  const { light, parts } = frame.headline;
  const told = parts.map(({ kind, values }) => t(`headline.${kind}`, { ...values, grid: values.grid && short(values.grid) }));
  if (!told.length) return div("sentence", t("headline.all_normal"));
  const lit = ["yellow", "red"].includes(light);
  const long = told.join("").length > LONG_HEADLINE[config.language];
  const [first, ...rest] = told;
  const more = rest.length > 0 && span("rest", t("headline.also", { rest: rest.join(t("headline.and")) }));
  return div(`sentence${long ? " long" : ""}`, span(`part${lit ? ` light-${light}` : ""}`, lit && mark(light), first), more);
}

/**
 * Today: what came and what was closed, against the usual day so far.
 * @param {Frame} frame
 * @param {string} key
 */
function flowToday(frame, key) {
  const { value, usual } = frame.today[key] || { value: null, usual: null };
  const about = { of: key, name: t(`today.${key}`), count: value, within: frame.within, span: "day" };
  const share = change(value, usual);
  const part = div(
    "figure",
    div("value", counted(about, number(value))),
    div("label", t(`today.${key}`), share && span("change", share)),
    div("usual", share ? t("today.usual", { n: number(usual) }) : "\u00a0"),
  );
  return h("Div", { "data-testid": `today-${key}` }, part);
}

/** @type {(frame: Frame) => boolean} */
const nothingToday = (frame) => Object.values(frame.today).every((entry) => entry.value === null);

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function today(frame) {
  return nothingToday(frame) ? empty() : div("today-hero", flowToday(frame, "reported"), flowToday(frame, "closed"));
}

/**
 * What stands now. A light's number is the brightest thing in its row also where nobody sees colours; its shape is lit.
 * @param {Frame} frame
 * @param {string} key
 * @param {string | undefined} light
 */
function standing(frame, key, light) {
  const { value, usual } = frame.today[key] || { value: null, usual: null };
  const about = { of: key, name: t(`today.${key}`), count: value, within: frame.within };
  const share = change(value, usual);
  return div(
    `figure${light === "red" && Number(value) > 0 ? " worst" : ""}`,
    div("value", light && Number(value) > 0 && mark(light), counted(about, number(value))),
    div("label", t(`today.${key}`), share && span("change", share)),
  );
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function now(frame) {
  if (nothingToday(frame)) return empty();
  /** @type {Record<string, string>} */
  const lights = { overdue: "red", yellow: "yellow" };
  return div("now-row", ["overdue", "yellow", "open", "unlocated"].map((key) => standing(frame, key, lights[key])));
}

/* Indicators */
/**
 * @param {import("../types").KpiValue} entry
 * @param {Frame} frame
 */
function fraction(entry, frame) {
  const { numerator, denominator, name } = kpi(entry.key);
  const told = (/** @type {string} */ of) => `${name} · ${t(`measure.${of}`)}`;
  /** @type {(of: string, count: number) => Doc} */
  const part = (of, count) => counted({ of, name: told(of), count, within: frame.within }, number(count));
  return [part(numerator ?? "", entry.numerator), " / ", part(denominator ?? "", entry.denominator)];
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function kpis(frame) {
  const found = new Map(frame.kpis.map((entry) => [entry.key, entry]));
  const told = config.panel_kpis.flatMap((key) => found.get(key) ?? []);
  if (told.every((entry) => entry.value === null)) return empty();
  return told.map((entry) => {
    const { name, unit, denominator } = kpi(entry.key);
    const known = entry.value !== null;
    const ratio = known && unit === "ratio";
    const whole = ratio && denominator ? { of: denominator, count: entry.denominator } : null;
    const about = { of: entry.key, name, count: known ? entry.numerator : null, within: frame.within, denominator: whole };
    return div(
      "kpi-row",
      div("what", named(name), span("of quiet", ratio && fraction(entry, frame))),
      span("value", counted(about, quantity(entry.value, unit)), known && span("unit", t(`unit.${unit}`))),
    );
  });
}

/* Means */
/** @param {number[]} counts */
function split(counts) {
  const { means } = config;
  const total = sum(counts);
  const parts = counts.map((count, i) => h("I", { className: `part ${means[i].key}`, style: { flexGrow: count / total, flexBasis: 0 } }));
  const ticks = means.slice(0, -1).map((_, i) => {
    const at = sum(means.slice(0, i + 1).map((entry) => entry.target));
    return h("I", { className: "tick", style: { left: `${100 * at}%` } });
  });
  return h("Div", { className: "split" }, parts, ticks);
}

/**
 * @param {import("../types").MeansRow} row
 * @param {boolean} whole
 */
function meansRow(row, whole) {
  const id = whole ? null : row.id;
  const values = (shares(row.counts) ?? []).map((share, i) => {
    const { key } = config.means[i];
    return counted({ of: key, name: t(`means.${key}`), count: row.counts[i], within: row.id }, String(share));
  });
  return line(id, `means-row${whole ? " whole" : ""}`, rowName(id, row.name), split(row.counts), div("value", values));
}

/** @param {import("../types").MeansRow} row */
function deviation(row) {
  const total = sum(row.counts);
  return sum(row.counts.map((count, i) => Math.abs(count / total - config.means[i].target)));
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function means(frame) {
  const [whole, ...children] = frame.means.rows;
  if (!whole || !sum(whole.counts)) return empty();
  const told = children.filter((row) => sum(row.counts) > 0).sort((a, b) => deviation(b) - deviation(a));
  const farthest = told.slice(0, MEANS_CHILDREN).map((row) => meansRow(row, false));
  const heading = told.length > MEANS_CHILDREN && div("sub", t("means.farthest"));
  return [meansRow(whole, true), heading, ...farthest].filter(Boolean);
}

/**
 * Levels: a bar, and under it one column per level, so that a small share keeps its words.
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function levels(frame) {
  const { counts } = frame.levels;
  const total = sum(counts.map((entry) => entry.count));
  if (!total) return empty();
  const parts = shares(counts.map((entry) => entry.count), 1) ?? [];
  // Neutral: the ramp is the map's, and the means have colours of their own.
  const shade = (/** @type {number} */ i) => `color-mix(in srgb, var(--text) ${Math.round(88 - (66 * i) / Math.max(1, counts.length - 1))}%, var(--ink))`;
  const bar = counts.map((entry, i) =>
    h("I", { style: { flexGrow: entry.count / total, flexBasis: 0, background: shade(i) } }),
  );
  const columns = counts.map((entry, i) => {
    const key = h("I", { className: "swatch", style: { background: shade(i) } });
    const level = grids.levelName(entry.level);
    const of = `closed_level_${entry.level}`;
    const about = { of, name: `${t("levels.title")} · ${level}`, count: entry.count, within: frame.within };
    return div("", span("value", counted(about, number(parts[i], 1)), "%"), " ", span("label", key, level));
  });
  return [div("levels-bar", bar), div("levels-row", columns)];
}

/* League */
/**
 * @param {"yellow" | "red"} kind
 * @param {string} of
 * @param {LeagueRow} row
 */
function light(kind, of, row) {
  const count = row[kind];
  const about = { of, name: t(`league.${kind}`), count, within: row.id };
  return count > 0 ? span(`count light-${kind}`, counted(about, mark(kind), String(count))) : span("count zero", "·");
}

/**
 * The rank, shared ones with a sign of their own; what it is worth, or why there is none, in words.
 * @param {LeagueRow} row
 */
function rank(row) {
  if (row.rank === undefined) return h("Span", { className: "rank" }, "");
  const words = row.rank === null
    ? t(`rank.${row.reason}`, { sample: row.denominator, minimum: config.minimum_sample })
    : row.rank_best === row.rank_worst ? t("rank.alone", { rank: row.rank }) : t("rank.range", { best: row.rank_best, worst: row.rank_worst });
  return h("Span", { className: "rank", title: words }, row.rank === null ? "·" : `${row.rank}${row.tied ? "=" : ""}`);
}

const LISTS = { red: "top", black: "bottom" };
const SCALE = [0.02, 0.05, 0.1, 0.2, 0.5, 1]; // ends of the axis of what is missing

/**
 * What is missing to all cases in time, from zero: the worse, the longer. Beyond the axis the bar is open to the right.
 * @param {LeagueRow} row
 * @param {number} end of the axis
 */
function missingBar(row, end) {
  if (!isNumber(row.rate)) return h("Span", { className: "bar" });
  const at = (/** @type {number} */ rate) => `${(100 * Math.min(end, Math.max(0, 1 - rate))) / end}%`;
  const whisker = isNumber(row.low) && isNumber(row.high)
    && h("B", { style: { left: at(row.high), right: `calc(100% - ${at(row.low)})` } });
  return h("Span", { className: `bar${row.list === "black" ? " behind" : ""}` }, h("I", { style: { width: at(row.rate) } }), whisker);
}

/**
 * @param {LeagueRow} row
 * @param {number} end
 */
function leagueRow(row, end) {
  const { name, denominator } = kpi(LEAGUE_KPI);
  const whole = denominator ? { of: denominator, count: row.denominator } : null;
  const about = { of: LEAGUE_KPI, name, count: isNumber(row.rate) ? row.numerator : null, within: row.id, denominator: whole };
  return line(
    row.id,
    "league-row",
    rank(row),
    div("who", rowName(row.id, row.name), row.list && span("list", t(`league.${LISTS[row.list]}`))),
    span("value", counted(about, percent(row.rate))),
    missingBar(row, end),
    light("yellow", "yellow", row),
    light("red", "overdue", row),
  );
}

/** @param {number} end */
function axis(end) {
  return div("league-axis", span("from", "0"), span("to", number(100 * end)));
}

/**
 * Of too many rows those stay that have a light, then the first and the last; the order stays too.
 * @param {LeagueRow[]} rows
 * @param {number} limit
 */
function mostTelling(rows, limit) {
  const lit = (/** @type {LeagueRow} */ row) => (row.red > 0 ? 2 : 0) + (row.yellow > 0 ? 1 : 0);
  const outer = (/** @type {number} */ i) => Math.abs(i - (rows.length - 1) / 2);
  const ranked = rows.map((_, i) => i).sort((a, b) => lit(rows[b]) - lit(rows[a]) || outer(b) - outer(a));
  const kept = new Set(ranked.slice(0, limit));
  return rows.filter((_, i) => kept.has(i));
}

/**
 * @param {import("../types").Frame} frame
 * @param {import("../types").ViewDocument | null} view
 * @returns {import("../types").Children}
 */
export function league(frame, view) {
  const rows = frame.league;
  if (!rows.length && view && view.path.length > view.depth) return h("P", { className: "empty" }, t("league.leaf"));
  if (!rows.length) return empty();
  const most = Math.max(0, ...rows.map((row) => row.rate).filter(isNumber).map((rate) => 1 - rate));
  const end = SCALE.find((one) => one >= most) ?? 1;
  const draw = (/** @type {LeagueRow[]} */ part) => [...part.map((row) => leagueRow(row, end)), axis(end)];
  if (rows.length <= LEAGUE_ROWS) return draw(rows);
  const shown = mostTelling(rows, LEAGUE_ROWS - 1);
  return [...draw(shown), h("Div", { className: "league-rest" }, t("league.rest", { n: rows.length - shown.length }))];
}

/* Newest */
/**
 * @param {import("../types").IncidentRow} entry
 * @param {string} now
 */
function incident(entry, now) {
  const where = short(local(entry.grid)) || t("newest.unlocated");
  const what = local(entry.category) || t("newest.uncategorised");
  const lit = entry.light === "yellow" || entry.light === "red" ? entry.light : null;
  const facts = [t(`source.${entry.source}`), t(`stage.${entry.stage}`), local(entry.title)].filter(Boolean).join(" · ");
  const line = `${where} · ${what}`;
  return link(
    entry.grid_id,
    "incident",
    span("at", when(entry.at, now)),
    h("Span", { className: "name", title: line }, line),
    lit ? span(`light-${lit}`, mark(lit), " ", t(`light.${lit}`)) : span(""),
    h("Span", { className: "detail", title: facts }, facts),
  );
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function newest(frame) {
  if (!frame.newest.length) return empty();
  return frame.newest.slice(0, NEWEST).map((entry) => incident(entry, frame.moment));
}
