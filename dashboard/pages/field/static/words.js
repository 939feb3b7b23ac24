/* Texts of the catalogue, times and numbers, in the viewer's language and the city's zone. */

export const config = JSON.parse(document.getElementById("config").textContent);

const YEAR_S = 365 * 24 * 3600;
const NONE = "–";

function cookie(name, choices, fallback) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  const value = found && found.slice(name.length + 1);
  return choices.includes(value) ? value : fallback;
}

/* The page may come from the phone's own store, where it stands as it was when it was stored. */
let language = cookie("lang", Object.keys(config.texts), config.language);
let theme = cookie("theme", ["dark", "light"], config.theme);

function prefer(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  dress();
}

export function dress() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset.theme = theme;
  document.title = t("field.title");
  document.getElementById("skip").textContent = t("page.skip");
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

export const known = (key) => key in config.texts[language];

export function t(key, values = {}) {
  const template = config.texts[language][key];
  if (template === undefined) return key.slice(key.indexOf(".") + 1);
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? NONE);
}

/* A name that comes with the data, in one language or in both. */
export function local(name) {
  if (name === null || typeof name !== "object") return String(name ?? "");
  return name[language] || Object.values(name).find(Boolean) || "";
}

function format(moment, options) {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(locale, { timeZone: config.timezone, hourCycle: "h23", ...options }).format(moment);
}

const DAY = { month: "numeric", day: "numeric" };
const MINUTE = { hour: "2-digit", minute: "2-digit" };

/* The time alone today, with the day on others. */
export function when(value) {
  if (!value) return NONE;
  const moment = new Date(value);
  const today = format(moment, DAY) === format(new Date(), DAY);
  return format(moment, today ? MINUTE : { ...DAY, ...MINUTE });
}

/* "3 小时 20 分": two units at most, rounded down. */
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("field.span_minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t("field.span_hours", { h: hours, m: minutes % 60 });
  return t("field.span_days", { d: Math.floor(hours / 24), h: hours % 24 });
}

export const metres = (value) => t("field.metres", { n: Math.round(value) });
