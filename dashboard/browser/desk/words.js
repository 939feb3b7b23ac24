/* What the desk says: times, clocks, places, people, and each event of a trace as sentences. */
import * as grids from "../city/grids.js";
import { local, t } from "../lib/format.js";
import { now } from "./clock.js";
import { deskConfig } from "./config.js";
import * as names from "./names.js";

/** @import { CategoryRef, Decision, GridRef, Responsible, Row, TraceEvent } from "./types" */

const MINUTE = 60000;
/** @param {string} key of the catalogue */
const has = (key) => deskConfig().texts[key] !== undefined;
/** @type {Map<boolean, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string | null | undefined} moment
 * @param {boolean} year whether it is said
 */
function stamp(moment, year) {
  const date = new Date(moment ?? NaN);
  if (Number.isNaN(date.getTime())) return "–";
  /** @type {Intl.DateTimeFormatOptions} */
  const day = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const format = formats.get(year) ?? new Intl.DateTimeFormat("en-US", { ...day, ...(year && { year: "numeric" }), timeZone: deskConfig().timezone });
  formats.set(year, format);
  const parts = Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]));
  return `${year ? `${parts.year}-` : ""}${parts.month}-${parts.day} ${parts.hour}:${parts.minute}`;
}

/**
 * Month, day, hour and minute; with the year where it is not this one.
 * @param {string | null | undefined} moment
 * @returns {string}
 */
export const when = (moment) => {
  const here = new Date(now()).getFullYear();
  return stamp(moment, Boolean(moment) && new Date(moment ?? NaN).getFullYear() !== here);
};

/**
 * A length of time in its two largest units.
 * @param {number} ms
 * @returns {string}
 */
export function span(ms) {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days >= 10) return t("desk_time.days", { d: days });
  if (days) return t("desk_time.days_hours", { d: days, h: hours });
  if (hours) return t("desk_time.hours_minutes", { h: hours, m: rest });
  return t("desk_time.minutes", { m: rest });
}

/**
 * What is left of a row's clock, or by how much it has passed.
 * @param {Row} row
 * @returns {string}
 */
export function left(row) {
  if (row.suspended) return t("desk_time.suspended");
  if (!row.clock) return t("desk_time.none");
  const ms = new Date(row.clock.due).getTime() - now();
  return ms < 0 ? t("desk_time.overdue", { span: span(-ms) }) : t("desk_time.left", { span: span(ms) });
}

/**
 * Colour of a row's light at a moment: the last change that the server named, if any has come.
 * @param {Pick<Row, "lights">} row
 * @param {number} moment_ms
 * @returns {string}
 */
export function light(row, moment_ms) {
  const come = row.lights.filter((change) => Date.parse(change.at) <= moment_ms);
  return come.length ? come[come.length - 1].light : "none";
}

/**
 * What an incident is: its category, and its title where that says more.
 * @param {CategoryRef} kind
 * @param {string | null | undefined} title
 * @returns {string}
 */
export function what(kind, title) {
  const name = category(kind);
  if (!title || title === name) return name;
  return title.includes(name) ? title : `${name} · ${title}`;
}

/**
 * @param {CategoryRef} value
 * @returns {string}
 */
export const category = (value) => local(/** @type {any} */ (value)) || (value && value.code) || t("newest.uncategorised");
/**
 * @param {GridRef | null} grid
 * @returns {string}
 */
export const path = (grid) => (grid ? (grid.path && grid.path.length ? grid.path.map(local).join(t("page.path")) : local(grid.name)) : "");

/**
 * @param {Pick<Row, "grid" | "area" | "address">} row
 * @returns {string}
 */
export function place(row) {
  if (row.grid) return path(row.grid);
  const area = row.area ? t("desk.in_area", { area: path(row.area) }) : "";
  return [t("newest.unlocated"), area, row.address].filter(Boolean).join(" · ");
}

/* The center that no register names: the catalogue has its name in both languages, the log in one. */
const CENTER = "center";
/**
 * @param {string | null | undefined} code
 * @param {string | false | null} [name]
 * @returns {string}
 */
export const unit = (code, name) => (code === CENTER && !names.units.has(code) ? t("desk.center") : name || (code ? names.units.nameOf(code) : ""));
/** @param {Responsible} one */
const called = (one) => (one.person === CENTER ? t("desk.center_duty") : one.name || one.person);

/**
 * @param {string | null | undefined} key
 * @returns {string}
 */
export const post = (key) => (has(`desk_post.${key}`) ? t(`desk_post.${key}`) : key || "");

/**
 * A grid id, a unit or the center, by name.
 * @param {string | null | undefined} where
 * @returns {string}
 */
export function at(where) {
  if (!where || where === "center") return where ? t("desk.center") : "";
  const grid = grids.get(where);
  return grid ? local(grid.name) : names.units.nameOf(where.replace(/^unit:/, ""));
}

/**
 * @param {Responsible | null | undefined} one
 * @returns {string}
 */
export function person(one) {
  if (!one || !(one.name || one.person)) return t("desk.nobody");
  const held = [post(one.post), at(one.at)].filter(Boolean).join(" · ");
  return held ? t("desk.person", { name: called(one), post: held }) : called(one);
}

/**
 * The rule that decides, in the catalogue's words; one that the catalogue does not know is named.
 * @param {Decision} decision
 * @returns {string}
 */
export function rule(decision) {
  const code = decision.override ? decision.rule_unit : decision.unit;
  const named = unit(code, !decision.override && decision.unit_name);
  return decision.rule ? t(`rule.${decision.rule}`, { ...decision.values, unit: named }) : "";
}

/**
 * A step as something to do.
 * @param {string} kind
 * @returns {string}
 */
export const step = (kind) => (has(`desk_step.${kind}`) ? t(`desk_step.${kind}`) : kind);
/**
 * @param {number} value 0 is the city
 * @returns {string}
 */
export const level = (value) => (value === 0 ? t("levels.city") : grids.levelName(value));
/**
 * A step as something done.
 * @param {string} kind
 * @returns {string}
 */
export const done = (kind) => (has(`desk_done.${kind}`) ? t(`desk_done.${kind}`) : kind);

/* What an event said, field by field; fields that only machines read are left out. */
/** @type {Record<string, (value: any) => string>} */
const SAID = {
  means: (value) => t(`means.${value}`),
  level: (value) => level(value),
  to_level: (value) => level(value),
  satisfaction: (value) => t(`desk_satisfaction.${value}`),
  upheld: (value) => t(value ? "desk.upheld" : "desk.not_upheld"),
  into: (value) => `#${value}`,
  category: (value) => names.categories.nameOf(value),
  days: (value) => t("desk_time.days", { d: value }),
  hours: (value) => t("desk_time.hours", { h: value }),
  reason: (value) => (has(`desk_reason.${value}`) ? t(`desk_reason.${value}`) : value),
  note: (value) => value,
  due_claim_at: when,
  due_at: when,
  said_at: when,
};

/**
 * @param {TraceEvent} event
 * @returns {{ key: string, label: string, text: string }[]}
 */
export function lines(event) {
  const detail = event.detail || {};
  const said = Object.keys(SAID).filter((key) => detail[key] !== undefined && detail[key] !== null && detail[key] !== "");
  return said.map((key) => ({ key, label: t(`desk_said.${key}`), text: SAID[key](detail[key]) }));
}

/**
 * @param {string | null | undefined} key
 * @returns {string}
 */
export const stage = (key) => (key ? t(`stage.${key}`) : "");

/**
 * @param {string} key
 * @returns {string}
 */
export const source = (key) => t(`source.${key}`);
