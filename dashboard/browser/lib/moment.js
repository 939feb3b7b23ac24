/* Moments in the city's time: as its clocks write them, and back. */
import { config } from "./config.js";

const DAY_MS = 86400e3;
/** @type {Record<string, Intl.DateTimeFormat>} */
const formats = {};

/**
 * "2026-11-21 03:14", or with its seconds.
 * @param {import("../types").Moment} moment
 * @param {boolean} [seconds]
 * @returns {string}
 */
export function written(moment, seconds = false) {
  // The Swedish way of writing is the one of ISO 8601.
  /** @type {Intl.DateTimeFormatOptions} */
  const style = { dateStyle: "short", timeStyle: seconds ? "medium" : "short", timeZone: config.timezone };
  const kind = String(seconds);
  formats[kind] ??= new Intl.DateTimeFormat("sv-SE", style);
  return formats[kind].format(new Date(moment));
}

/** @type {(moment: number) => string} */
const iso = (moment) => written(moment, true).replace(" ", "T");

/**
 * The moment at which the city's clocks show this. A time they show twice is the first or the second of the two; one
 * they leave out is the one an hour beside it.
 * @param {string} text
 * @returns {number}
 */
export function read(text) {
  const wanted = Date.parse(`${text}Z`);
  let moment = wanted;
  for (let round = 0; round < 2; round += 1) moment += wanted - Date.parse(`${iso(moment)}Z`);
  return moment;
}

/* Years and days may be left out, and noughts before a number. */
const SHAPE = /^(?:(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})[T\s]+)?(\d{1,2}):(\d{2})(?::(\d{2}))?$/i;
/** @type {(number: string) => string} */
const two = (number) => number.padStart(2, "0");

/**
 * What a viewer means who looks at `shown`; null where it cannot be. What is left out is as there; if that would lie
 * ahead of `now`, it is of the day, or the year, before.
 * @param {string} text
 * @param {number} shown
 * @param {number} now
 * @returns {number | null}
 */
export function understood(text, shown, now) {
  // Digits and colons may be as wide as Chinese characters.
  const found = SHAPE.exec(text.normalize("NFKC").trim());
  if (found === null) return null;
  const [, year, month, day, hour, minute, second = "00"] = found;
  const moments = days(year, month, day, shown).map((date) => existing(`${date}T${two(hour)}:${minute}:${second}`));
  return moments[0] !== null && moments[0] > now ? moments[moments.length - 1] : moments[0];
}

/**
 * The day that is meant, and the one it is if that lies ahead.
 * @param {string | undefined} year
 * @param {string | undefined} month
 * @param {string} day
 * @param {number} shown
 */
function days(year, month, day, shown) {
  const [today] = written(shown).split(" ");
  if (month === undefined) return [today, new Date(Date.parse(today) - DAY_MS).toISOString().slice(0, 10)];
  const years = year === undefined ? [Number(today.slice(0, 4)), Number(today.slice(0, 4)) - 1] : [year];
  return years.map((one) => `${one}-${two(month)}-${two(day)}`);
}

/**
 * Null where there is no such day, or no such time.
 * @param {string} text
 */
function existing(text) {
  const utc = Date.parse(`${text}Z`);
  return Number.isFinite(utc) && new Date(utc).toISOString().startsWith(text) ? read(text) : null;
}
