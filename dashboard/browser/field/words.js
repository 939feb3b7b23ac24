/* Texts of the catalogue, times and numbers, in the viewer's language and the city's zone. */

import { bilingual } from "../lib/bilingual.js";
import { byId } from "../lib/dom.js";
import { pageConfig } from "../lib/page_config.js";
import { prefer, preferred } from "../lib/preferences.js";

/** @import { Config, Language } from "./types" */

/** @type {Config} */
export const config = pageConfig();

const NONE = "–";

/* The page may come from the phone's own store, where it stands as it was when it was stored. */
const first = /** @type {Language} */ (preferred("lang", Object.keys(config.texts), config.language));
const texts = bilingual(config.texts, first);
export const { known, language: currentLanguage, local, t } = texts;
let theme = preferred("theme", ["dark", "light"], config.theme);

export function dress() {
  document.documentElement.lang = currentLanguage() === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset.theme = theme;
  document.title = t("field.title");
  byId("skip").textContent = t("page.skip");
}

export const currentTheme = () => theme;

export function switchLanguage() {
  texts.change();
  prefer("lang", currentLanguage());
  dress();
}

export function switchTheme() {
  theme = theme === "dark" ? "light" : "dark";
  prefer("theme", theme);
  dress();
}

/**
 * @param {Date} moment
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(moment, options) {
  const locale = currentLanguage() === "zh" ? "zh-CN" : "en-GB";
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
