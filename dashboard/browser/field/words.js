/* Texts of the catalogue, times and numbers, in the viewer's language and the city's zone. */

/** @import { Config, Language, Name } from "../types" */

/** @param {string} id an element that page.html has */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Config} */
export const config = JSON.parse(byId("config").textContent);

const YEAR_S = 365 * 24 * 3600;
const NONE = "–";

/**
 * @param {string} name
 * @param {string[]} choices
 * @param {string} fallback
 */
function cookie(name, choices, fallback) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  const value = found?.slice(name.length + 1);
  return value !== undefined && choices.includes(value) ? value : fallback;
}

/* The page may come from the phone's own store, where it stands as it was when it was stored. */
let language = /** @type {Language} */ (cookie("lang", Object.keys(config.texts), config.language));
let theme = cookie("theme", ["dark", "light"], config.theme);

/**
 * @param {"lang" | "theme"} name
 * @param {string} value
 */
function prefer(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  dress();
}

export function dress() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset.theme = theme;
  document.title = t("field.title");
  byId("skip").textContent = t("page.skip");
}

export const currentLanguage = () => language;
export const currentTheme = () => theme;

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  prefer("lang", language);
}

export function switchTheme() {
  theme = theme === "dark" ? "light" : "dark";
  prefer("theme", theme);
}

/** @param {string} key of the catalogue */
export const known = (key) => key in config.texts[language];

/**
 * A text of the catalogue, with its `{names}` filled in.
 * @param {string} key
 * @param {Record<string, any>} values
 */
export function t(key, values = {}) {
  const template = config.texts[language][key];
  if (template === undefined) return key.slice(key.indexOf(".") + 1);
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? NONE);
}

/**
 * A name that comes with the data, in one language or in both.
 * @param {Name} name
 */
export function local(name) {
  if (name === null || name === undefined || typeof name !== "object") return String(name ?? "");
  return name[language] || Object.values(name).find(Boolean) || "";
}

/**
 * @param {Date} moment
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(moment, options) {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: config.timezone, hourCycle: "h23", ...options }).format(moment);
}

/** @type {Intl.DateTimeFormatOptions} */
const DAY = { month: "numeric", day: "numeric" };
/** @type {Intl.DateTimeFormatOptions} */
const MINUTE = { hour: "2-digit", minute: "2-digit" };

/**
 * The time alone today, with the day on others.
 * @param {string | number | null | undefined} value
 */
export function when(value) {
  if (!value) return NONE;
  const moment = new Date(value);
  const today = format(moment, DAY) === format(new Date(), DAY);
  return format(moment, today ? MINUTE : { ...DAY, ...MINUTE });
}

/**
 * "3 小时 20 分": two units at most, rounded down.
 * @param {number} seconds
 */
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("field.span_minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t("field.span_hours", { h: hours, m: minutes % 60 });
  return t("field.span_days", { d: Math.floor(hours / 24), h: hours % 24 });
}

/** @param {number} value */
export const metres = (value) => t("field.metres", { n: Math.round(value) });
