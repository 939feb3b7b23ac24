/* The phone in front of the wall: the code first, then buttons. A control lives as long as the wall knows it. */

import { dateSheets } from "./printed.js";

/**
 * @typedef {"zh" | "en"} Language
 * @typedef {string | Partial<Record<Language, string>>} Name a text of the data, in one language or in both
 * @typedef {{ do: "previous" | "next" | "hold" | "release" | "scene", scene?: string, place?: string }} Command
 * @typedef {{ id: string, name: Name }} Town
 * @typedef {string | Node | false | null | undefined} Child
 * @typedef {{ language: Language, timezone: string, demo: boolean, texts: Record<Language, Record<string, string>> }} Config
 */

/** @param {string} id an element that page.html has */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Config} */
const config = JSON.parse(byId("config").textContent);
const API = "/api/v1";
const KEPT = "grid.wall.control";
const PATIENCE_MS = 10_000;
const AGAIN_MS = 5_000;
const YEAR_S = 365 * 24 * 3600;
const SCENES = ["overview", "supervision", "place", "night"];

const header = byId("header");
const main = byId("main");
const saidBox = byId("said");

let language = config.language;
let control = kept();
let held = false; // as far as this phone knows; both commands may be sent at any time
/** @type {Town[] | null} */
let towns = null;
/** @type {Promise<void>} */
let last = Promise.resolve();

/**
 * A text of the catalogue, with its `{names}` filled in.
 * @param {string} key
 * @param {Record<string, string>} values
 */
function t(key, values = {}) {
  const template = config.texts[language][key] ?? key;
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** @param {Name} name */
function local(name) {
  if (name === null || typeof name !== "object") return String(name ?? "");
  return name[language] || Object.values(name).find(Boolean) || "";
}

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | ((event: Event) => unknown)>} props attributes; `onclick` and the like listen
 * @param {(Child | Child[])[]} children
 */
function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => typeof child === "string" || child instanceof Node));
  return node;
}

/* Some browsers forbid a page to keep anything: then the control is gone with the page. */
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** @param {string | null} value */
function keep(value) {
  control = value;
  try {
    if (value) localStorage.setItem(KEPT, value);
    else localStorage.removeItem(KEPT);
  } catch {
    // It stays in `control`.
  }
}

class Refused extends Error {
  /** @param {{ code: string, message: string }} error what the server says */
  constructor(error) {
    super(error.message);
    this.code = error.code;
  }
}

/**
 * @param {"GET" | "POST"} method
 * @param {string} path below the API
 * @param {object} [body]
 * @param {string} [token]
 * @returns {Promise<any>} what the server answers; null for an answer without content
 */
async function ask(method, path, body, token) {
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), signal: stop.signal, cache: "no-store" });
    if (answer.status === 204) return null;
    const data = await answer.json();
    if (!answer.ok) throw new Refused(data.error);
    return data;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {string} text
 * @param {boolean} wrong
 */
function say(text, wrong = false) {
  saidBox.textContent = text;
  saidBox.className = wrong ? "wrong" : "";
}

/** @param {unknown} error */
const explain = (error) => say(error instanceof Refused ? t(`error.${error.code}`) : t("remote.unreachable"), true);

/**
 * One after the other, in the order they were pressed.
 * @param {Command} command
 * @param {string} what the button said
 */
function send(command, what) {
  last = last.then(async () => {
    if (!control) return;
    try {
      await ask("POST", "/walls/commands", command, control);
      if (command.do === "hold" || command.do === "scene") held = true;
      if (command.do === "release") held = false;
      drawHold();
      say(t("remote.sent", { what }));
    } catch (error) {
      if (isUnknown(error)) leave();
      explain(error);
    }
  });
}

/** @param {unknown} error */
const isUnknown = (error) => error instanceof Refused && error.code === "wall_unknown";

function leave() {
  keep(null);
  held = false;
  draw();
}

/** @param {string} code */
async function pair(code) {
  try {
    keep((await ask("POST", "/walls/pair", { code })).control);
    draw();
    say(t("remote.connected"));
  } catch (error) {
    explain(error);
    const field = document.getElementById("code");
    if (isUnknown(error) && field instanceof HTMLInputElement) field.value = "";
  }
}

function entry() {
  let asking = false;
  const field = /** @type {HTMLInputElement} */ (el("input", {
    id: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 20, "aria-describedby": "hint",
    "data-testid": "code", oninput: () => whole() && go(),
  }));
  const digits = () => field.value.replace(/\D/g, "");
  // The first digit tells how long a code is: it grows while somebody guesses.
  const whole = () => digits().length === (digits().startsWith("0") ? 12 : 6);
  /** @param {Event} [event] */
  async function go(event) {
    if (event) event.preventDefault();
    if (asking || !whole()) return field.focus();
    asking = true;
    await pair(digits());
    asking = false;
    return undefined;
  }
  return el("form", { onsubmit: go },
    el("label", { for: "code" }, t("remote.enter")), field,
    el("button", { class: "button main", "data-testid": "connect" }, t("remote.connect")),
    el("p", { class: "quiet", id: "hint" }, t("remote.enter_hint")));
}

/**
 * @param {string} key of the button's text
 * @param {Command} command
 */
function press(key, command) {
  return el("button", { type: "button", class: "button", "data-testid": key.replace(/.*\./, ""), onclick: () => send(command, t(key)) }, t(key));
}

function drawHold() {
  const place = document.getElementById("hold");
  if (!place) return;
  const name = held ? "release" : "hold";
  place.replaceChildren(press(`remote.${name}`, { do: name }));
}

function townButtons() {
  if (!towns) return el("p", { class: "quiet" }, t("remote.towns_waiting"));
  return el("div", { class: "pair", "data-testid": "towns" }, towns.map(({ id, name }) =>
    el("button", { type: "button", class: "button", "data-place": id, onclick: () => send({ do: "scene", scene: "place", place: id }, local(name)) }, local(name))));
}

async function readTowns() {
  if (towns || !control) return;
  try {
    towns = (await ask("GET", "/grids?level=1")).grids;
    draw();
  } catch {
    setTimeout(readTowns, AGAIN_MS);
  }
}

function controls() {
  readTowns();
  return [
    el("div", { class: "turns" }, press("remote.previous", { do: "previous" }), el("div", { id: "hold" }), press("remote.next", { do: "next" })),
    el("h2", {}, t("remote.scenes")),
    el("div", { class: "pair" }, SCENES.map((scene) => press(`wall.${scene}`, { do: "scene", scene }))),
    el("h2", {}, t("remote.towns")),
    townButtons(),
    el("button", { type: "button", class: "plain", "data-testid": "disconnect", onclick: () => { leave(); say(""); } }, t("remote.disconnect")),
  ];
}

function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `lang=${language}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  say("");
  draw();
}

function draw() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = t("remote.title");
  header.replaceChildren(el("h1", {}, t("remote.title")),
    el("button", { type: "button", class: "plain", "data-testid": "language", lang: language === "zh" ? "en" : "zh", onclick: switchLanguage }, t(language === "zh" ? "page.to_en" : "page.to_zh")));
  main.replaceChildren(...(control ? controls() : [entry()]));
  main.dataset.view = control ? "controls" : "entry";
  drawHold();
}

dateSheets(config, t);
draw();
