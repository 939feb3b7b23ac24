/* The form of one step: opened, sent, and told what others did meanwhile. */
import * as grids from "../city/grids.js";
import { t } from "../lib/format.js";
import { above } from "./above.js";
import * as actions from "./actions.js";
import { asksPlace, detail, fieldOf, isWanting, lacking } from "./answers.js";
import { deskConfig } from "./config.js";
import { byId, div, el, fill, span } from "./dom.js";
import * as drafts from "./drafts.js";
import * as fields from "./fields.js";
import * as map from "./map.js";
import * as nearby from "./nearby.js";
import * as places from "./place.js";
import { complain, reasonOf, say } from "./say.js";
import * as server from "./server.js";
import * as session from "./session.js";
import * as why from "./why.js";
import * as words from "./words.js";

/** @import { Action, Grid, Incident, OpenForm, TraceEvent, Value } from "./types" */

const READ_MS = 1000; // what was just told to a person shall not be overrun by a key already on its way

/** @type {OpenForm | null} */
let current = null;
/** Asked for while the incident was still on its way. @type {{ id: number, kind: string } | null} */
let waiting = null;

/** @type {(name: string) => any} */
const read = (name) => fieldOf(current, name)?.read();
/** @type {(name: string, value: Value) => void} */
const write = (name, value) => fieldOf(current, name)?.write(value);
/** @type {(selector: string) => HTMLElement | null} a part of the form that is open */
const part = (selector) => document.querySelector(`#form form ${selector}`);
/** @type {(disabled: boolean) => void} */
const disableSending = (disabled) => void part(".submit")?.toggleAttribute("disabled", disabled);

/**
 * @param {string} kind
 * @param {Record<string, Value>} preset what is answered already
 * @returns {void}
 */
export function open(kind, preset = {}) {
  why.clear();
  const id = above.openedId();
  if (id === null) return why.step(kind, null);
  const got = above.shownIncident();
  if (!above.hasArrived() || !got) return void (waiting = { id, kind });
  const action = actions.of(kind);
  if (!action) return why.step(kind, got);
  if (current?.busy) return why.say(t("desk_why.sending", { id: String(current.id) }));
  if (current && current.kind === kind && current.id === got.incident.id) {
    Object.entries(preset).forEach(([name, value]) => write(name, value));
    return focusFirst(current);
  }
  close();
  begin(action, got, preset);
}

/**
 * @param {Action} action
 * @param {Incident} got
 * @param {Record<string, Value>} preset
 */
function begin(action, got, preset) {
  const { kind } = action;
  const draft = drafts.of(got.incident.id, kind);
  const form = {
    id: got.incident.id, kind, fields: fields.all(action, got, gridChosen), expect: got.row.n, toldAt: 0,
    key: draft ? draft.key : drafts.newKey(), needsReason: action.needs_reason, oneOf: action.one_of || [],
  };
  current = form;
  build(form, got);
  const start = { ...defaults(kind, got), ...draft?.values, ...preset };
  Object.entries(start).forEach(([name, value]) => value !== undefined && write(name, value));
  adapt(form);
  actions.again();
  nearby.hide(true);
  if (asksPlace(form)) map.place(true);
  drafts.markOpen(form);
  focusFirst(form);
}

/**
 * After a reload: the form that was open, with what was typed.
 * @returns {void}
 */
export function restore() {
  const was = drafts.lastOpen();
  if (was && was.id === above.shownIncident()?.incident.id) open(was.kind);
}

/**
 * @param {string} kind
 * @param {Incident} got
 * @returns {Record<string, Value>}
 */
function defaults(kind, { chosen, decision, incident, duplicates }) {
  const means = incident.means || chosen?.means || decision?.means || undefined;
  /** @type {Record<string, Record<string, Value>>} */
  const usual = {
    dispatched: { means: means || deskConfig().means[0] },
    closed: { means, level: incident.held_level ?? undefined },
    extended: { days: 1 },
    merged: { into: duplicates[0]?.id },
    located: { lon: incident.lon ?? undefined, lat: incident.lat ?? undefined },
  };
  return usual[kind] ?? {};
}

/**
 * Whose form it is, in sight and for screen readers: the number, what it is, and where.
 * @param {OpenForm} form
 * @param {Incident} got
 */
function whose({ id, kind }, { row }) {
  return el(
    "h3", { class: "whose", id: "form-whose" },
    el("b", {}, words.step(kind), " ", span("number", `#${id}`)),
    span("", [words.category(row.category), words.place(row)].filter(Boolean).join(" · ")),
  );
}

/**
 * @param {OpenForm} form
 * @param {Incident} got
 */
function build(form, got) {
  const hint = asksPlace(form) ? el("p", { class: "quiet" }, t("desk.place_hint")) : null;
  fill("form", el(
    "form",
    { class: "step", "data-kind": form.kind, novalidate: true, "aria-labelledby": "form-whose", onsubmit: submit, oninput: changed, onchange: changed },
    whose(form, got),
    el("div", { class: "told", role: "alert" }),
    hint,
    div("fields", form.fields.map((field) => field.node)),
    div("why quiet", ""),
    el("div", { class: "problem light-red", role: "alert" }),
    div(
      "buttons",
      el("button", { type: "submit", class: "submit" }, words.step(form.kind), el("kbd", {}, "Ctrl+Enter")),
      el("button", { type: "button", class: "cancel", onclick: cancel }, t("desk.cancel"), el("kbd", {}, "Esc")),
    ),
  ));
}

/** @param {Event} [event] */
function changed(event) {
  if (!current) return;
  const typed = event?.target instanceof Node ? event.target : null;
  // Degrees that are typed take the place of a grid that was chosen.
  if (["lon", "lat"].some((name) => fieldOf(current, name)?.node.contains(typed))) write("grid_code", "");
  drafts.keep(current);
  adapt(current);
  if (asksPlace(current)) map.candidate(read("lon"), read("lat"));
}

/**
 * A grid stands in the place of a position, and the other way round: only one of them is said.
 * @param {Grid} grid
 */
function gridChosen(grid) {
  ["lon", "lat"].forEach((name) => write(name, ""));
  map.showGrid(grid.id);
  changed();
}

/** The names of the place, before it is sent. */
function placeNames() {
  const line = part(".why");
  const grid = grids.get(read("grid_code"));
  const [lon, lat] = [read("lon"), read("lat")];
  /** @param {string} names */
  const tell = (names) => {
    if (line && asksPlace(current)) line.textContent = names === t("desk.outside") ? names : t("desk.place_is", { names });
  };
  if (grid) {
    tell(places.pathOf(grid));
    if (grid.level < grids.depth()) line?.append(" ", t("desk.place_area", { level: words.level(grid.level) }));
  } else if (Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 90) {
    places.at("form", lon, lat, (names) => read("lon") === lon && read("lat") === lat && tell(names));
  } else if (line) line.textContent = "";
}

/**
 * Other means may lead to another unit; another unit than the rule's asks for a reason.
 * @param {OpenForm} form
 */
function adapt(form) {
  if (asksPlace(form)) return placeNames();
  const unit = fieldOf(form, "unit");
  const reason = fieldOf(form, "reason");
  if (form.kind !== "dispatched" || !unit || !reason) return;
  // What the rule chooses for the means that are ticked.
  const rule = above.shownIncident()?.decisions.find((one) => one.means === read("means"));
  const blank = unit.node.querySelector("option");
  if (blank) blank.textContent = rule ? t("desk.by_rule", { unit: rule.unit_name }) : t("desk.left_to_rule");
  const said = unit.read();
  reason.required = Boolean(rule && said && said !== rule.unit);
  reason.node.hidden = !reason.required;
  const who = rule?.person && t("desk.responsible", { who: words.person(rule.person) });
  const lines = said || !rule ? [] : [words.rule(rule), who];
  tellPart(".why", lines.filter(Boolean).map((line) => el("p", {}, line)));
}

/**
 * @param {string} selector
 * @param {Node[]} children
 */
const tellPart = (selector, children) => part(selector)?.replaceChildren(...children);

/** @param {OpenForm} form */
function focusFirst(form) {
  if (form.kind === "located") return map.focus();
  const empty = form.fields.find(isWanting);
  if (empty) empty.focus();
  else part(".submit")?.focus();
  byId("form").scrollIntoView({ block: "nearest" });
}

/** @param {string} text */
function problem(text) {
  const line = part(".problem");
  if (line) line.textContent = text;
}

/** Why no form can be sent at this moment; "" where one can. */
function obstacle() {
  if (!current) return t(waiting ? "desk_why.arriving" : "desk_why.no_form");
  if (current.busy) return t("desk_why.sending", { id: String(current.id) });
  if (current.blocked) return t("desk.no_longer_possible", { step: words.step(current.kind) });
  return Date.now() - current.toldAt < READ_MS ? t("desk_why.read_first") : "";
}

/**
 * @param {Event} [event]
 * @returns {Promise<void>}
 */
export async function submit(event) {
  event?.preventDefault();
  const inTheWay = obstacle();
  if (inTheWay || !current) return why.say(inTheWay);
  why.clear();
  const missing = lacking(current);
  if (missing) {
    problem(missing.text);
    return missing.field?.focus();
  }
  return send(current);
}

/** @param {OpenForm} sent */
async function send(sent) {
  sent.busy = true;
  problem("");
  part("")?.classList.add("busy");
  // No time: it is done when the server takes it, by the server's clock.
  const step = { kind: sent.kind, actor: session.actor(), detail: detail(sent), expect_n: sent.expect };
  try {
    await server.post(`incidents/${sent.id}/events`, step);
    taken(sent);
  } catch (error) {
    if (!(error instanceof server.Refused)) throw error;
    await refused(sent, error);
  } finally {
    sent.busy = false;
    part("")?.classList.remove("busy");
  }
}

/** @param {OpenForm} sent */
function taken(sent) {
  drafts.drop(sent);
  say(t("desk.taken", { step: words.done(sent.kind), id: String(sent.id) }));
  if (current === sent) close({ focus: true });
  above.reloadIncident();
  above.followNow();
}

/**
 * Nothing typed is lost: the form stays, and says what is in the way.
 * @param {OpenForm} sent
 * @param {server.Refused} error
 */
async function refused(sent, error) {
  if (current !== sent) return complain(error);
  if (error.code === "step_overtaken") {
    await above.reloadIncident();
    if (current === sent) tell(sent, error.values.since || [], error.values.n);
    return;
  }
  if (error.status === 409) await above.reloadIncident();
  if (current === sent) problem(reasonOf(error));
}

/**
 * What others did while the form was open.
 * @param {OpenForm} form
 * @param {TraceEvent[]} since
 * @param {number | null | undefined} n of the last event
 */
function tell(form, since, n) {
  if (n !== undefined && n !== null) form.expect = Math.max(form.expect, n);
  form.toldAt = Date.now();
  const still = actions.of(form.kind) !== null;
  const events = since.map((event) => el("li", {}, t("desk.since", { at: words.when(event.at), actor: event.actor, step: words.done(event.kind) })));
  tellPart(".told", [
    el("b", {}, t("error.step_overtaken")),
    el("ul", {}, events),
    el("p", {}, t(still ? "desk.still_possible" : "desk.no_longer_possible", { step: words.step(form.kind) })),
  ]);
  form.blocked = !still;
  disableSending(!still);
}

/**
 * Nobody was faster, and yet the step is possible no more, or again: the asker's rights have changed.
 * @param {OpenForm} form
 * @param {Incident} got
 */
function block(form, got) {
  const possible = actions.of(form.kind) !== null;
  if (possible !== Boolean(form.blocked)) return;
  form.blocked = !possible;
  disableSending(!possible);
  tellPart(".told", possible ? [] : [document.createTextNode(why.reason(form.kind, got))]);
}

/**
 * A newer document came while the form is open.
 * @param {Incident} got
 * @returns {void}
 */
export function follow(got) {
  if (waiting && waiting.id === got.incident.id) {
    const { kind } = waiting;
    waiting = null;
    return open(kind);
  }
  const form = current;
  if (!form) return;
  if (got.incident.id !== form.id) return close();
  if (form.busy) return;
  if (got.row.n <= form.expect) return block(form, got);
  tell(form, got.incident.events.filter((event) => event.n > form.expect), got.row.n);
}

/**
 * @param {{ focus?: boolean }} [how] `focus`: the list takes the keys again
 * @returns {void}
 */
export function close({ focus = false } = {}) {
  if (asksPlace(current)) map.place(false);
  current = null;
  waiting = null;
  drafts.markOpen(null);
  fill("form");
  nearby.hide(false);
  actions.again();
  if (focus) byId("queue").focus({ preventScroll: true });
}

/* Given up: the draft goes too. */
function cancel() {
  if (current) drafts.drop(current);
  close({ focus: true });
}

/**
 * Left for something else: the draft stays for when the form is opened again.
 * @param {{ focus?: boolean }} [how]
 * @returns {boolean} false where it is just being sent
 */
export function leave({ focus = false } = {}) {
  if (current?.busy) return false;
  if (current && drafts.of(current.id, current.kind)) {
    say(t("desk.draft_kept", { id: String(current.id), step: words.step(current.kind) }));
  }
  if (current || waiting) close({ focus });
  return true;
}

/**
 * A place pressed on the map.
 * @param {number} lon
 * @param {number} lat
 * @returns {void}
 */
export function placed(lon, lat) {
  if (!asksPlace(current)) return;
  write("grid_code", "");
  write("lon", lon.toFixed(6));
  write("lat", lat.toFixed(6));
  changed();
}

/** The step whose form is open; null where none is. */
export const kind = () => current?.kind ?? null;
/** Whether a form is open, or asked for. */
export const busy = () => current !== null || waiting !== null;
