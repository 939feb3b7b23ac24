/* One incident: what it is, which rule chose its handler, who belongs to its grid, and its whole trace. */
import { t } from "../lib/format.js";
import { above } from "./above.js";
import * as actions from "./actions.js";
import { byId, div, el, fill, mark, name, span } from "./dom.js";
import * as form from "./form.js";
import { link } from "./link.js";
import * as map from "./map.js";
import * as nearby from "./nearby.js";
import { complain, say } from "./say.js";
import * as server from "./server.js";
import * as trace from "./trace.js";
import * as why from "./why.js";
import * as words from "./words.js";

/** @import { Incident, Other, Row } from "./types" */
/** @import { Children } from "../lib/dom.js" */

/** Its id. @type {number | null} */
let opened = null;
/** The document that is drawn. @type {Incident | null} */
let drawn = null;
let asked = 0;
let print = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
const SETTLE_MS = 90; // a key held down opens the row it ends on
const LATE_MS = 400; // longer than this, the incident before does not stay in sight

/**
 * Open an incident; the middle keeps the old one until the new one is there.
 * @param {number} id
 * @param {{ focus?: boolean, settle?: boolean, step?: boolean }} [how] `settle`: it may not be the last of a quick row; `step`: back leads to the one before
 * @returns {Promise<void>}
 */
export async function open(id, { focus = false, settle = false, step = false } = {}) {
  if (opened !== id) {
    if (!form.leave()) return why.say(t("desk_why.sending", { id: String(opened) }));
    why.clear();
  }
  opened = id;
  above.frameOpened();
  above.keepAddress({ step });
  wait();
  if (settle) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  if (opened !== id) return; // moved on meanwhile
  await reload();
  if (opened === id && focus) byId("incident-body").focus({ preventScroll: true });
}

export const arrived = () => drawn !== null && drawn.incident.id === opened;

/* Until the opened incident is there, nothing of the one before can be pressed; if it takes long, it goes. */
function wait() {
  clearTimeout(timer);
  ["actions", "nearby"].forEach((id) => (byId(id).inert = !arrived()));
  if (!arrived()) timer = setTimeout(() => !arrived() && empty(opening()), LATE_MS);
}

const opening = () => el("p", { class: "quiet" }, t("desk.opening", { id: String(opened) }));

/** @returns {Promise<void>} */
export async function reload() {
  if (opened === null) return;
  const ticket = (asked += 1);
  try {
    const got = await server.get(`desk/incidents/${opened}`);
    if (ticket === asked) draw(got);
  } catch (error) {
    if (ticket !== asked || !(error instanceof server.Refused)) throw error;
    if (error.status === 404) gone();
    else complain(error);
  }
}

function gone() {
  opened = null;
  above.keepAddress();
  nothing();
  say(t("error.incident_unknown"));
}

/**
 * A newer document of the same incident leaves scroll and the open form alone.
 * @param {Incident} got
 */
function draw(got) {
  const text = JSON.stringify(got);
  if (text === print) return;
  const before = drawn;
  const other = !before || before.incident.id !== got.incident.id;
  print = text;
  drawn = got;
  const body = byId("incident-body");
  const top = other ? 0 : body.scrollTop;
  fill("incident-head", head(got));
  fill(body, merged(got), chosen(got), people(got), photos(got), trace.draw(got));
  body.scrollTop = top;
  actions.draw(got);
  wait();
  form.follow(got);
  map.show(got, other);
  nearby.draw(got);
}

/** @returns {void} */
export function nothing() {
  form.close();
  empty(el("p", {}, t("desk.choose")), el("p", { class: "quiet" }, t("desk.choose_hint")));
}

/** @param {Children[]} lines */
function empty(...lines) {
  drawn = null;
  print = "";
  fill("incident-head");
  fill("incident-body", div("nothing", lines));
  actions.draw(null);
  nearby.draw(null);
  map.show(null, true);
}

/** @param {Incident} got */
function head(got) {
  const { row, incident } = got;
  const lit = row.light === "red" || row.light === "yellow" ? row.light : null;
  const clock = row.clock && div(
    `big-left ${lit ? `light-${lit}` : ""}`,
    lit && mark(lit),
    el("strong", { class: "number left-words" }, words.left(row)),
    span("quiet number", t("desk.clock", { kind: t(`desk_clock.${row.clock.kind}`), due: words.when(row.clock.due) })),
  );
  const still = row.suspended ? div("big-left", el("strong", {}, t("desk_time.suspended"))) : null;
  const ended = incident.stage === "closed" || incident.stage === "voided" ? div("big-left", el("strong", {}, words.stage(incident.stage))) : null;
  return [
    div("head-top", span("quiet number", `#${incident.id}`), span("quiet", words.source(incident.source)), span("quiet number", words.when(incident.reported_at)), span("stage-word", words.stage(incident.stage))),
    el("h2", { class: "title" }, words.what(row.category, incident.title)),
    ended || still || clock || div("big-left", el("strong", {}, t("desk_time.none"))),
    wentOn(got),
    facts(row, incident),
  ];
}

/**
 * Where a merged incident went on. The first is known by its number, even where it may not be seen.
 * @param {Incident} got
 */
function wentOn({ incident, merged_into: chain }) {
  if (!incident.merged_into) return null;
  if (!chain.length) return div("merged-into", span("", t("desk.merged_into")), span("number", `#${incident.merged_into}`), span("quiet", t("desk.not_in_scope")));
  /** @type {(one: Other, i: number) => Children} */
  const step = (one, i) => [i > 0 && span("quiet", t("desk.merged_on")), link(one), span("", words.what(one.category, one.title)), span("quiet", words.stage(one.stage))];
  return el("p", { class: "merged-into" }, span("", t("desk.merged_into")), chain.map(step));
}

/**
 * What was merged into this one.
 * @param {Incident} got
 */
function merged({ merged: from }) {
  if (!from.length) return null;
  /** @param {Other} one */
  const entry = (one) => el(
    "li", {}, link(one), span("", words.what(one.category, one.title)),
    span("quiet number", [words.path(one.grid), words.source(one.source), words.when(one.reported_at), one.merged_at && t("desk.merged_at", { at: words.when(one.merged_at) })].filter(Boolean).join(" · ")),
  );
  return div("part", el("h3", {}, t("desk.merged_here", { n: from.length })), el("ul", { class: "merged-list", "data-testid": "merged" }, from.map(entry)));
}

/**
 * @param {Row} row
 * @param {Incident["incident"]} incident
 */
function facts(row, incident) {
  const pairs = [
    ["place", words.place({ ...row, address: "" })],
    ["address", incident.address],
    ["handler", words.unit(row.unit, row.handler) || t("desk.no_handler")],
    ["responsible", words.person(row.responsible)],
    ["means", incident.means && t(`means.${incident.means}`)],
    ["due_claim_at", incident.due_claim_at && !incident.claimed_at && words.when(incident.due_claim_at)],
    ["due_at", incident.due_at && words.when(incident.due_at)],
  ];
  const told = pairs.filter(([, value]) => value);
  return el("dl", { class: "facts" }, told.map(([key, value]) => div("fact", el("dt", {}, t(`desk_fact.${key}`)), el("dd", { class: "number" }, value))));
}

/**
 * Which rule chose the handler, and what it would choose now.
 * @param {Incident} got
 */
function chosen({ chosen: was, decision, decisions, incident }) {
  /** @type {Node[]} */
  const parts = [el("h3", {}, t("desk.rule"))];
  if (was) {
    parts.push(el("p", { class: "rule" }, words.rule(was) || incident.handler));
    if (was.override) parts.push(el("p", { class: "rule override" }, t("desk.overridden", { unit: words.unit(was.unit, was.unit_name || incident.handler), reason: was.reason || "–" })));
  }
  const open = incident.stage !== "closed" && incident.stage !== "voided";
  const means = (was && was.means) || (decision && decision.means);
  const now = decisions.find((one) => one.means === means) || decision;
  const same = was && now && was.unit === now.unit && was.rule === now.rule;
  if (open && now && !same) {
    const who = now.person && words.person(now.person);
    const whom = [el("b", {}, words.unit(now.unit, now.unit_name)), who && ` · ${who}`];
    parts.push(el("p", { class: "rule" }, span("quiet", t(was ? "desk.rule_now" : "desk.rule_would")), whom), el("p", { class: "rule quiet" }, words.rule(now)));
  }
  if (!was && !decision) parts.push(el("p", { class: "rule quiet" }, t("desk.no_rule")));
  return parts.length > 1 ? div("part", parts) : null;
}

/**
 * 一长五员
 * @param {Incident} got
 */
function people({ people: held }) {
  if (!held || !held.length) return null;
  const here = held[0].grid; // said once, and again only where somebody belongs elsewhere
  const cards = held.map((one) => {
    const who = one.name || one.person;
    const label = [words.post(one.post), one.grid !== here && words.at(one.grid)].filter(Boolean).join(" · ");
    return div(`holder${who ? "" : " hole"}`, name("quiet", label), who ? span("who", who) : span("who", t("desk.hole")));
  });
  return div("part", el("h3", {}, [t("desk.people"), words.at(here)].filter(Boolean).join(" · ")), div("people", cards));
}

/** @param {Incident} got */
function photos({ incident }) {
  const kept = incident.events.filter((event) => event.kind === "attached" && event.detail.sha256);
  if (!kept.length) return null;
  const pictures = kept.map((event) => {
    const address = `/api/v1/incidents/${incident.id}/photos/${encodeURIComponent(event.detail.sha256 ?? "")}`;
    const alt = t("desk.photo", { at: words.when(event.at), actor: event.actor });
    return el("a", { href: address, target: "_blank", rel: "noopener", title: alt }, el("img", { src: address, alt, loading: "lazy" }));
  });
  return div("part", el("h3", {}, t("desk.photos")), div("photos", pictures));
}

/** @returns {void} */
export function tick() {
  const line = document.querySelector("#incident-head .left-words");
  if (line && drawn?.row.clock && !drawn.row.suspended) line.textContent = words.left(drawn.row);
}

/** Id of the incident that is opened; null before any is. */
export const openedId = () => opened;
/** The document that is drawn, which may still be that of the one before. */
export const shown = () => drawn;
