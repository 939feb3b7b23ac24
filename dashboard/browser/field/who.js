/* "Who am I": a search in the roster. */

import { el } from "../lib/dom.js";
import { button } from "./dom.js";
import { choose, leave, me } from "./me.js";
import { ask, Refused, Unreachable } from "./net.js";
import { t } from "./words.js";

/** @import { App, Person } from "./types" */

const QUIET_MS = 250;
const SHOWN = 30;

/** @param {App} app */
export async function whoView(app) {
  const current = await me();
  const said = el("p", { class: "quiet", role: "status" });
  const list = el("ul", { class: "rows", "data-testid": "people" });
  const input = el("input", { type: "search", placeholder: t("field.who_search"), "aria-label": t("field.who_search"), oninput: soon, autocomplete: "off" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = 0;

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(search, QUIET_MS);
  }

  async function search() {
    const turn = (asked += 1);
    try {
      /** @type {{ registered: number, total: number, people: Person[] }} */
      const { registered, total, people } = (await ask("GET", `/people?limit=${SHOWN}&q=${encodeURIComponent(input.value.trim())}`)).data;
      if (turn !== asked) return;
      list.replaceChildren(...people.map(row));
      said.textContent = people.length ? (total > people.length ? t("field.who_more", { n: total - people.length }) : "") : nobody(registered);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      said.textContent = error instanceof Refused ? t(`error.${error.problem.code}`) : t("field.who_offline");
    }
  }

  /**
   * Nobody to choose: no roster was imported, nobody is on duty today, or nobody is called so.
   * @param {number} registered
   */
  function nobody(registered) {
    if (!registered) return t("field.who_no_roster");
    return input.value.trim() ? t("field.who_none") : t("field.who_no_duty", { n: registered });
  }

  /** @param {Person} person */
  function row(person) {
    return el("li", {}, el("button", { type: "button", class: "row", onclick: () => pick(person) },
      el("strong", {}, person.name), el("span", { class: "quiet" }, `${postName(person.post)} · ${person.place}`)));
  }

  /** @param {Person} person */
  async function pick(person) {
    const where = location.hash;
    try {
      await choose(person.id);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      said.textContent = error instanceof Refused ? t(`error.${error.problem.code}`) : t("field.who_offline");
      return;
    }
    await app.changed();
    app.sendSoon();
    // Who went on meanwhile stays where they went; the view they chose may still be on its way.
    if (page.isConnected && location.hash === where) app.go("report");
  }

  async function goOut() {
    try {
      await leave();
    } catch {
      said.textContent = t("field.who_offline");
      return;
    }
    await app.changed();
    app.go("who");
  }

  search();
  const page = el("section", {},
    el("h1", {}, t("field.who_title")),
    current && el("p", {}, t("field.who_now", { name: current.person.name, place: current.person.place })),
    current && button(t("field.who_leave"), goOut),
    input, said, list);
  return page;
}

/** @param {string} post */
export const postName = (post) => t(`desk_post.${post}`);
