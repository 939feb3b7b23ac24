/* Texts of the catalogue, numbers and times, in the language and zone of the screen. */
import { config } from "./config.js";

/** @type {Map<number, Intl.NumberFormat>} */
const formats = new Map();

/** @param {number} digits */
function numberFormat(digits) {
  const found = formats.get(digits) ?? new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  formats.set(digits, found);
  return found;
}

const NONE = "–";

/**
 * @param {unknown} value
 * @returns {value is number}
 */
export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/**
 * @param {unknown} value
 * @param {number} [digits]
 * @returns {string}
 */
export const number = (value, digits = 0) => (isNumber(value) ? numberFormat(digits).format(value) : NONE);

/**
 * @param {unknown} value a share of one
 * @param {number} [digits]
 * @returns {string} without its sign
 */
export const percent = (value, digits = 1) => (isNumber(value) ? number(100 * value, digits) : NONE);

/**
 * @param {string} template
 * @param {Record<string, any>} values
 * @returns {string}
 */
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, key) => {
    const value = values[key];
    if (isNumber(value)) return number(value, Number.isInteger(value) ? 0 : 1);
    return value === undefined || value === null ? NONE : local(value);
  });
}

/**
 * A text of the catalogue; words of the data that the catalogue does not know are shown as they are.
 * @param {string} key
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const template = config.texts[key];
  return template === undefined ? key.slice(key.indexOf(".") + 1) : fill(template, values);
}

/**
 * A name that comes with the data, in one language or in several.
 * @param {import("../types").Name | number | null | undefined} name
 * @returns {string}
 */
export function local(name) {
  if (name === null || typeof name !== "object") return String(name ?? "");
  return /** @type {Record<string, string>} */ (name)[config.language] || Object.values(name).find(Boolean) || "";
}

/** @type {Map<string, string>} */
let shortNames = new Map(); // names with an addition in brackets -> without it

/**
 * @param {Map<string, string>} names
 * @returns {void}
 */
export const keepShortNames = (names) => void (shortNames = names);

/**
 * The name of a grid where room is scarce.
 * @param {import("../types").Name | null | undefined} name
 * @returns {string}
 */
export function short(name) {
  const whole = local(name);
  return shortNames.get(whole) ?? whole;
}

/**
 * @param {number | null | undefined} value
 * @param {string} unit
 * @returns {string}
 */
export function quantity(value, unit) {
  if (unit === "ratio") return percent(value, 1);
  return number(value, unit === "count" || Number.isInteger(value) ? 0 : 1);
}

/**
 * By how much a value differs from the usual one; null where there is no usual one.
 * @param {number | null | undefined} value
 * @param {number | null | undefined} usual
 * @returns {string | null}
 */
export function change(value, usual) {
  if (!isNumber(value) || !isNumber(usual) || usual <= 0) return null;
  const share = Math.round((100 * (value - usual)) / usual);
  return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${number(Math.abs(share))}%`;
}

/**
 * Percentages with the given decimals that add up to 100, by the largest remainder; of equal ones the first gets more.
 * Whole numbers throughout, as `shares_of` in geo/shares.py: halves of a bit must not decide.
 * @param {number[]} counts
 * @param {number} [digits]
 * @returns {number[] | null} null where there is nothing to share
 */
export function shares(counts, digits = 0) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!total) return null;
  const whole = 100 * 10 ** digits;
  const lost = counts.map((count) => (count * whole) % total);
  const units = counts.map((count, i) => (count * whole - lost[i]) / total);
  const missing = whole - units.reduce((sum, part) => sum + part, 0);
  const order = counts.map((_, i) => i).sort((a, b) => lost[b] - lost[a] || a - b);
  order.slice(0, missing).forEach((i) => (units[i] += 1));
  return units.map((part) => part / 10 ** digits);
}

/**
 * @param {string} key
 * @returns {import("../types").Kpi}
 */
export const kpi = (key) => config.kpis.find((entry) => entry.key === key) || { key, name: key, unit: "count", colours_map: false };

/** @type {Record<string, Intl.DateTimeFormat>} */
const clocks = {};

/**
 * @param {import("../types").Moment} moment
 * @param {boolean} [seconds]
 * @returns {string}
 */
export function time(moment, seconds = true) {
  const date = moment instanceof Date ? moment : new Date(moment);
  if (Number.isNaN(date.getTime())) return NONE;
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: config.timezone };
  const kind = String(seconds);
  clocks[kind] ??= new Intl.DateTimeFormat("en-GB", seconds ? { ...parts, second: "2-digit" } : parts);
  return clocks[kind].format(date);
}

/**
 * Month and day, as numbers: short, and the same in both languages.
 * @param {import("../types").Moment} moment
 */
function day(moment) {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { month: "2-digit", day: "2-digit", timeZone: config.timezone };
  clocks.day ??= new Intl.DateTimeFormat("en-US", parts);
  return clocks.day.format(new Date(moment)).replace("/", "-");
}

const DAY_MS = 864e5;

/**
 * The hour of something of today, the day of something older.
 * @param {import("../types").Moment} moment
 * @param {import("../types").Moment} now
 * @returns {string}
 */
export function when(moment, now) {
  const ageMs = new Date(now).getTime() - new Date(moment).getTime();
  return day(moment) === day(now) && ageMs < DAY_MS ? time(moment, false) : day(moment);
}

/**
 * @param {number} ms
 * @returns {string}
 */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return t("fresh.seconds", { n: seconds });
  if (seconds < 7200) return t("fresh.minutes", { n: Math.floor(seconds / 60) });
  return t("fresh.hours", { n: Math.floor(seconds / 3600) });
}
