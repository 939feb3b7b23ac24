/* Which scene stands on the wall, for how long, and what may take its place. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { local, t, time } from "../lib/format.js";
import { atEnd, every, listen } from "../lib/lifetime.js";
import * as layersOn from "../map/layers.js";
import * as cases from "../panels/cases.js";
import * as stream from "../stream/stream.js";
import * as timeMachine from "../time/time_machine.js";
import * as view from "../view/view.js";
import * as people from "./people.js";
import * as remote from "./remote.js";

const ADDRESS = new URLSearchParams(location.search); // before the view writes its own
const TICK_MS = 500;
const REPLAY = { hours: 24, times: 720 }; // a day in two minutes
const PRESENT_MS = 5000; // between two replays of a night that is held
const FORGET_MS = 3600e3; // the server tells an alert that comes back within half an hour under its old key
const TOWNS = 1; // the level whose grids take turns

/** @typedef {import("../types").Frame} Frame */
/** @typedef {import("../types").Turn} Turn */
/** @typedef {{ scene: string, within: string | null, kpi: string, layers?: string[], level?: number }} Scene */
/** @typedef {{ text: import("../types").Name, until: number, back: Scene & { left: number } }} Interruption */

let at = -1; // position in the timetable
/** @type {Scene | null} */
let shown = null; // what stands
let endsAt = 0;
let held = false;
/** @type {number | null} */
let presentAt = null; // since when a night that is held shows the present
let town = -1;
/** @type {import("../types").LeagueRow[]} */
let league = [];
/** @type {Map<string, number> | null} */
let known = null; // keys of the alerts that are no news, with when each was told last
/** @type {Interruption | null} */
let alert = null; // the one that took the screen, with when it gives it back
let changes = 0;
let aheadMs = 0; // tests move the wall's clock on

const now = () => Date.now() + aheadMs;
const table = () => config.wall;
const clock = () => time(new Date(stream.now()), false);

/** @param {Turn} turn */
function isTime({ since, until }) {
  const time = clock();
  if (since === until) return true;
  return since < until ? since <= time && time < until : since <= time || time < until;
}

/**
 * The next entry whose time it is; the first one where it is nobody's time.
 * @param {number} from
 * @param {number} step
 */
function nextOf(from, step) {
  const { turns } = table();
  for (let i = 1; i <= turns.length; i += 1) {
    const found = (((from + step * i) % turns.length) + turns.length) % turns.length;
    if (isTime(turns[found])) return found;
  }
  return 0;
}

/** @param {Pick<Turn, "scene" | "place">} turn */
function placeOf(turn) {
  if (turn.scene !== "place") return null;
  if (turn.place === "worst") {
    const worst = [...league].sort((a, b) => b.red - a.red || b.yellow - a.yellow)[0];
    return worst ? worst.id : null;
  }
  if (turn.place !== "each") return turn.place;
  const towns = grids.ofLevel(TOWNS);
  town = (town + 1) % towns.length;
  return towns[town].id;
}

/**
 * Put a scene up. The panels are all there; style shows those of the scene.
 * @param {Scene} wanted
 */
function put({ scene, within, kpi, layers = [], level = 0 }) {
  const replays = scene === "night";
  shown = { scene, within, kpi, layers, level };
  changes += 1;
  document.documentElement.dataset.scene = scene;
  if (!replays) timeMachine.live();
  view.look({ within, level, kpi });
  layersOn.set(layers);
  view.publish(); // the legend of the layers, also where the view is the same
  if (replays) timeMachine.replay(REPLAY.hours, REPLAY.times);
  people.show(scene === "place" ? within : null);
  say(shown);
}

/** @param {number} position */
function turnTo(position) {
  const turn = table().turns[position];
  at = position;
  endsAt = now() + 1000 * turn.for_s;
  put({ ...turn, within: placeOf(turn) });
}

const turnBy = (/** @type {number} */ step) => {
  alert = null;
  turnTo(nextOf(at, step));
};

/** @type {(id: string, text: string) => void} */
function write(id, text) {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
}

/** @param {Scene} scene */
function say({ scene }) {
  write("scene-name", t(`wall.${scene}`));
  write("scene-held", held ? t("wall.held") : "");
  document.documentElement.dataset.held = String(held);
  banner();
}

/**
 * Alerts: what is red and new takes the screen for a while, at its place, and gives it back.
 * @param {Frame} frame
 */
function watch(frame) {
  if (frame.within === null) league = frame.league;
  const rows = (frame.alerts || { rows: [] }).rows.filter((row) => row.key);
  const before = known;
  const news = before && rows.find((row) => row.severity === "red" && !row.acknowledged && !before.has(row.key));
  /** @type {Map<string, number>} */
  const kept = before ?? new Map();
  known = kept;
  rows.forEach((row) => kept.set(row.key, now()));
  // An alert that was gone for a while is the same one; and a place's stream lists only its own.
  if (frame.within === null) kept.forEach((told, key) => now() - told > FORGET_MS && kept.delete(key));
  if (news && shown && table().alert_for_s > 0) interrupt(news, shown);
}

/**
 * @param {import("../types").Alert} news
 * @param {Scene} scene the one that stands
 */
function interrupt(news, scene) {
  const back = alert ? alert.back : { ...scene, left: Math.max(0, endsAt - now()) };
  alert = { text: news.text, until: now() + 1000 * table().alert_for_s, back };
  put({ scene: news.grid ? "place" : "overview", within: news.grid, kpi: scene.kpi });
}

/** @param {Interruption} ended */
function giveBack({ back }) {
  alert = null;
  if (back.scene === "night" && !held) return turnTo(at); // a replay is not taken up in its middle
  endsAt = now() + back.left;
  put(back);
}

function banner() {
  const box = document.getElementById("banner");
  if (!box) return undefined;
  if (!alert) return box.replaceChildren();
  const [word, text] = [document.createElement("strong"), document.createElement("span")];
  word.textContent = t("wall.alert");
  text.textContent = local(alert.text);
  return box.replaceChildren(word, text);
}

/* A night that is held is played again and again. */
function replayHeld() {
  if (!held || shown?.scene !== "night" || timeMachine.isPast()) presentAt = null;
  else if (presentAt === null) presentAt = now();
  else if (now() - presentAt >= PRESENT_MS) timeMachine.replay(REPLAY.hours, REPLAY.times);
}

function tick() {
  replayHeld();
  if (alert) {
    if (now() >= alert.until) giveBack(alert);
  } else if (!held && now() >= endsAt) {
    turnBy(1);
  }
}

/** @param {boolean} wanted */
function hold(wanted) {
  held = wanted;
  if (!held) endsAt = Math.max(endsAt, now() + TICK_MS);
  if (shown) say(shown);
}

/* The wall in somebody's hands: keys here, a phone elsewhere. */
/** @type {Record<string, (said: any) => void>} */
const commands = {
  next: () => turnBy(1),
  previous: () => turnBy(-1),
  hold: () => hold(true),
  release: () => hold(false),
  scene({ scene, place = null }) {
    const turn = table().turns.find((entry) => entry.scene === scene) || { scene, place: "each", kpi: config.map_kpi };
    alert = null;
    held = true;
    endsAt = now();
    put({ ...turn, within: scene === "place" && place ? place : placeOf(turn) });
  },
};

/**
 * @param {{ do: string, scene?: string, place?: string | null }} said
 * @returns {boolean} false where there is no such command or no such scene
 */
export function command(said) {
  const scenes = ["overview", "supervision", "place", "night"];
  if (!shown || !(said.do in commands)) return false;
  if (said.do === "scene" && !scenes.includes(said.scene ?? "")) return false;
  commands[said.do](said);
  return true;
}

/** @type {Record<string, { do: string, scene?: string }>} */
const KEYS = {
  ArrowRight: { do: "next" }, PageDown: { do: "next" }, ArrowLeft: { do: "previous" }, PageUp: { do: "previous" },
  1: { do: "scene", scene: "overview" }, 2: { do: "scene", scene: "supervision" },
  3: { do: "scene", scene: "place" }, 4: { do: "scene", scene: "night" },
};

/** @param {KeyboardEvent} event */
function keyed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const said = event.key === " " ? { do: held ? "release" : "hold" } : KEYS[event.key];
  if (event.key === "Escape" && cases.isOpen()) cases.close();
  if (!said) return;
  event.preventDefault();
  event.stopPropagation();
  command(said);
}

function reset() {
  [at, endsAt, held, presentAt, town, league, changes, aheadMs] = [-1, 0, false, null, -1, [], 0, 0];
  [shown, known, alert] = [null, null, null];
  ["scene", "held"].forEach((name) => delete document.documentElement.dataset[name]);
}

/**
 * The grid system is there. An address may ask for one scene, and then it stays.
 * @returns {void}
 */
export function start() {
  atEnd(reset);
  const scene = ADDRESS.get("scene");
  // A page that loads itself anew shall show what it was asked for.
  history.replaceState(null, "", ADDRESS.size ? `?${ADDRESS}` : location.pathname);
  stream.frames.follow(watch);
  listen(document, "keydown", keyed, { capture: true });
  turnTo(nextOf(-1, 1));
  if (scene) command({ do: "scene", scene, place: ADDRESS.get("within") });
  every(TICK_MS, tick);
  people.start();
  remote.start(command);
}

/** For tests and for support: what stands. */
export const state = () => ({ ...shown, held, alert: alert && alert.text, changes, leftS: (endsAt - now()) / 1000 });

/** For tests: move the wall's clock on. */
export const pass = (/** @type {number} */ seconds) => (aheadMs += 1000 * seconds);
