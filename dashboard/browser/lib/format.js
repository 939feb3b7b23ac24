/* Texts of the catalogue, numbers and times, in the language and zone of the screen. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const formats = new Map();

  function numberFormat(digits) {
    if (!formats.has(digits)) {
      const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
      formats.set(digits, new Intl.NumberFormat("en", options));
    }
    return formats.get(digits);
  }

  const NONE = "–";
  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
  const number = (value, digits = 0) => (isNumber(value) ? numberFormat(digits).format(value) : NONE);
  const percent = (value, digits = 1) => (isNumber(value) ? number(100 * value, digits) : NONE);

  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, (_, key) => {
      const value = values[key];
      if (isNumber(value)) return number(value, Number.isInteger(value) ? 0 : 1);
      return value === undefined || value === null ? NONE : local(value);
    });
  }

  /* A text of the catalogue; words of the data that the catalogue does not know are shown as they are. */
  function t(key, values = {}) {
    const template = center.config.texts[key];
    return template === undefined ? key.slice(key.indexOf(".") + 1) : fill(template, values);
  }

  /* A name that comes with the data, in one language or in several. */
  function local(name) {
    if (name === null || typeof name !== "object") return String(name ?? "");
    return name[center.config.language] || Object.values(name).find(Boolean) || "";
  }

  /* The name of a grid where room is scarce. */
  const short = (name) => center.grids.short(local(name));

  function quantity(value, unit) {
    if (unit === "ratio") return percent(value, 1);
    return number(value, unit === "count" || Number.isInteger(value) ? 0 : 1);
  }

  function change(value, usual) {
    if (!isNumber(value) || !isNumber(usual) || usual <= 0) return null;
    const share = Math.round((100 * (value - usual)) / usual);
    return `${share > 0 ? "+" : share < 0 ? "−" : "±"}${number(Math.abs(share))}%`;
  }

  /* Percentages with so many decimals that add up to 100, by the largest remainder; of equal ones the first gets more.
     Whole numbers throughout, as `shares_of` in geo/shares.py: halves of a bit must not decide. */
  function shares(counts, digits = 0) {
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

  const kpi = (key) => center.config.kpis.find((entry) => entry.key === key) || { key, name: key, unit: "count" };

  const clocks = {};
  function time(moment, seconds = true) {
    const date = moment instanceof Date ? moment : new Date(moment);
    if (Number.isNaN(date.getTime())) return NONE;
    const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: center.config.timezone };
    clocks[seconds] ??= new Intl.DateTimeFormat("en-GB", seconds ? { ...parts, second: "2-digit" } : parts);
    return clocks[seconds].format(date);
  }

  /* Month and day, as numbers: short, and the same in both languages. */
  function day(moment) {
    const parts = { month: "2-digit", day: "2-digit", timeZone: center.config.timezone };
    clocks.day ??= new Intl.DateTimeFormat("en-US", parts);
    return clocks.day.format(new Date(moment)).replace("/", "-");
  }

  /* The hour of something of today, the day of something older. */
  const when = (moment, now) => (day(moment) === day(now) && new Date(now) - new Date(moment) < 864e5 ? time(moment, false) : day(moment));

  function duration(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 120) return t("fresh.seconds", { n: seconds });
    if (seconds < 7200) return t("fresh.minutes", { n: Math.floor(seconds / 60) });
    return t("fresh.hours", { n: Math.floor(seconds / 3600) });
  }

  center.format = { isNumber, number, percent, t, local, short, kpi, quantity, change, shares, time, when, duration };
})();
