/* Who sits at this desk: a person of the roster, or the center as such. */
import { number, t } from "../lib/format.js";
import { above } from "./above.js";
import * as dialog from "./dialog.js";
import { div, el, fill, name, span } from "./dom.js";
import { complain } from "./say.js";
import * as server from "./server.js";
import * as why from "./why.js";
import * as words from "./words.js";

/** @import { People, Person, Session } from "./types" */

const SEARCH_MS = 250;
/** @type {Session | null} */
let me = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let asked = 0;

let ended = false;

export const person = () => (me ? me.person : null);
export const actor = () => person()?.name ?? t("desk.center");

/**
 * A duty that ended ends the session; who comes next says so.
 * @returns {Promise<void>}
 */
export async function load() {
  try {
    me = await server.get("session");
  } catch (error) {
    if (!(error instanceof server.Refused) || error.code !== "session_ended") throw error;
    me = null;
    ended = true;
  }
  draw();
  if (ended) choose();
}

function draw() {
  const one = person();
  const held = one ? duty(one) : t(ended ? "error.session_ended" : "desk.whole_center");
  fill(
    "me",
    el("button", { type: "button", class: "me-button", title: t("desk.who_am_i"), "data-testid": "who", onclick: choose },
      span("quiet", t("desk.i_am")), el("b", {}, one ? one.name : ended ? "–" : t("desk.center")), name("quiet", held)),
  );
}

/** @param {Pick<Person, "post" | "place">} one */
const duty = (one) => [words.post(one.post), one.place].filter(Boolean).join(" · ");

/** @returns {void} */
export function choose() {
  /** @type {HTMLInputElement} */
  const input = el("input", { type: "search", class: "input", autocomplete: "off", placeholder: t("desk.find_person"), "aria-label": t("desk.find_person"), oninput: () => later(input.value) });
  const list = el("ul", { class: "persons", id: "persons" });
  const nobody = el("button", { type: "button", class: "person", onclick: end }, el("b", {}, t("desk.center")), " ", el("span", { class: "quiet" }, t("desk.whole_center")));
  dialog.open(t("desk.who_am_i"), div("field wide", input), list, person() || ended ? nobody : null);
  find("");
}

/** @param {string} sought */
function later(sought) {
  clearTimeout(timer);
  timer = setTimeout(() => find(sought), SEARCH_MS);
}

/** @param {string} sought */
async function find(sought) {
  const ticket = (asked += 1);
  try {
    const got = await server.get("people", { q: sought.trim() });
    if (ticket === asked && document.getElementById("persons")) show(got, sought.trim());
  } catch (error) {
    complain(error);
  }
}

/**
 * Nobody to choose: because nobody was imported, nobody is on duty today, or nobody is called so.
 * @param {People} got
 * @param {string} sought
 */
function nobodyThere({ registered }, sought) {
  if (!registered) return t("desk.roster_empty", { command: "python app.py registers import" });
  return sought ? t("desk.nothing_found") : t("desk.nobody_on_duty", { n: number(registered) });
}

/**
 * @param {People} got
 * @param {string} sought
 */
function show(got, sought) {
  const { people, total } = got;
  /** @param {Person} one */
  const entry = (one) =>
    el("li", {}, el("button", { type: "button", class: "person", "data-person": one.id, onclick: () => become(one.id) }, el("b", {}, one.name), " ", el("span", { class: "quiet" }, duty(one))));
  const cut = total > people.length && el("li", { class: "quiet" }, t("desk.persons_cut", { n: number(total), shown: people.length }));
  fill("persons", people.length ? [people.map(entry), cut] : el("li", { class: "quiet" }, nobodyThere(got, sought)));
}

/** @param {() => Promise<unknown>} act */
async function change(act) {
  try {
    await act();
    ended = false;
    await load();
  } catch (error) {
    return complain(error);
  }
  dialog.close();
  above.followNow();
  return above.reloadIncident();
}

/**
 * The queue "mine" without a person: what to do about it.
 * @returns {Promise<void>}
 */
export async function needed() {
  why.say(t("desk.mine_needs_person"));
  try {
    const got = await server.get("people", { limit: 1 });
    if (!got.people.length && !person()) why.say(nobodyThere(got, ""));
  } catch (error) {
    complain(error);
  }
}

/** @param {string} id */
const become = (id) => change(() => server.post("session", { person: id }));
const end = () => change(() => server.remove("session"));
