/* The phone in front of the wall: the code first, then buttons. A control lives as long as the wall knows it. */

import { ask } from "../lib/ask.js";
import { bilingual } from "../lib/bilingual.js";
import { byId, el } from "../lib/dom.js";
import { pageConfig } from "../lib/page_config.js";
import { prefer } from "../lib/preferences.js";
import { dateSheets } from "../lib/printed.js";

/** @import { Language, Name, Texts } from "../lib/bilingual.js" */
/**
 * @typedef {{ do: "previous" | "next" | "hold" | "release" | "scene", scene?: string, place?: string }} Command
 * @typedef {{ id: string, name: Name }} Town
 * @typedef {{ language: Language, timezone: string, demo: boolean, texts: Texts }} Config
 */

/** @type {Config} */
const config = pageConfig();
const { change, language, local, t } = bilingual(config.texts, config.language);
const KEPT = "grid.wall.control";
const PATIENCE_MS = 10_000;
const AGAIN_MS = 5_000;
const SCENES = ["overview", "supervision", "place", "night"];

const header = byId("header");
const main = byId("main");
const saidBox = byId("said");

let control = kept();
let held = false; // as far as this phone knows; both commands may be sent at any time
/** @type {Town[] | null} */
let towns = null;
/** @type {Promise<void>} */
let last = Promise.resolve();

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
 * @param {object} [json]
 * @param {string} [token]
 * @returns {Promise<any>} what the server answers; null for an answer without content
 */
async function question(method, path, json, token) {
  const { answer, text } = await ask(method, path, { json, token, patience_ms: PATIENCE_MS });
  if (answer.status === 204) return null;
  const data = JSON.parse(text);
  if (!answer.ok) throw new Refused(data.error);
  return data;
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
      await question("POST", "/walls/commands", command, control);
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
    keep((await question("POST", "/walls/pair", { code })).control);
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
    towns = (await question("GET", "/grids?level=1")).grids;
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
  change();
  prefer("lang", language());
  say("");
  draw();
}

function draw() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.title = t("remote.title");
  header.replaceChildren(el("h1", {}, t("remote.title")),
    el("button", { type: "button", class: "plain", "data-testid": "language", lang: language() === "zh" ? "en" : "zh", onclick: switchLanguage }, t(language() === "zh" ? "page.to_en" : "page.to_zh")));
  main.replaceChildren(...(control ? controls() : [entry()]));
  main.dataset.view = control ? "controls" : "entry";
  drawHold();
}

dateSheets(config, t);
draw();
