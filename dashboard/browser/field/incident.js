/* One incident: what it is, what it went through, what may be done now. */

import { areaOf } from "./area.js";
import { latest } from "./clock.js";
import { el } from "../lib/dom.js";
import { button } from "./dom.js";
import { clockLine, done, gridName, stageName, titleOf, toDo } from "./lines.js";
import { incidentKey, pendingSteps } from "./list.js";
import { GridMap } from "./map.js";
import { remembered, Refused, Unreachable } from "./net.js";
import { addStep } from "./outbox.js";
import { photoField } from "./photo_field.js";
import { placeField, placeFields } from "./place.js";
import { asksNote, asksPlace, knownSteps, offered, possibleAfter } from "./steps.js";
import { kept } from "./vault.js";
import { known, local, t, when } from "./words.js";

/** @import { Form, Found, Incident, OwnedApp, Photo, Place, Row, Steps, TraceEvent } from "./types" */

// Steps that nothing is to be seen of.
const WITHOUT_PHOTO = new Set(["verified", "claimed", "located"]);
const SHOWN_EVENTS = 4;
const MAX_TEXT = 500;
const SERVER = "api";

/** @param {string} source */
const sourceName = (source) => (known(`source.${source}`) ? t(`source.${source}`) : source);

/**
 * @param {OwnedApp} app
 * @param {number} id
 */
export async function incidentView(app, id) {
  const node = el("section", { "data-testid": "incident" }, el("p", { class: "quiet" }, t("page.loading")));
  const seen = await kept(incidentKey(id));
  if (seen) await draw({ ...seen, fresh: false });
  refresh();

  /** @param {Found<Incident>} found */
  async function draw(found) {
    const drawn = await content(app, found);
    // A form that was opened meanwhile is not taken away.
    if (node.querySelector("form")) return;
    node.replaceChildren(...drawn);
    node.dataset.asOf = String(found.at);
  }

  async function refresh() {
    try {
      const found = await remembered(incidentKey(id), `/desk/incidents/${id}`, (data) => /** @type {Incident} */ (data));
      await draw(found);
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
      const key = error instanceof Refused ? `error.${error.problem.code}` : "field.list_offline";
      node.replaceChildren(el("p", { class: "quiet" }, t(key)));
    }
  }

  return node;
}

/**
 * @param {OwnedApp} app
 * @param {Found<Incident>} found
 */
async function content(app, { value, at, fresh }) {
  const { row, incident } = value;
  const pending = (await pendingSteps()).get(row.id) || [];
  return [
    el("h1", {}, titleOf(row)),
    clockLine(row),
    !fresh && el("p", { class: "quiet" }, t("field.as_of_kept", { time: when(at) })),
    facts(row),
    await photos(row, incident.events),
    await place(app, value),
    pending.length > 0 && el("p", { class: "pending" }, t("field.pending", { steps: pending.map(toDo).join(", ") })),
    actions(app, value, pending, await knownSteps()),
    trace(incident.events, row.source),
  ].filter((one) => one instanceof Node);
}

/** @param {Row} row */
function facts(row) {
  /** @type {[string, string | false | null][]} */
  const lines = [
    ["field.number", `#${row.id}`],
    ["field.category", local(row.category)],
    ["field.stage", stageName(row.stage)],
    ["field.source", sourceName(row.source)],
    ["field.reported", when(row.reported_at)],
    ["field.place", [...new Set([...((row.grid && row.grid.path) || []), gridName(row)])].join(" ")],
    ["field.address", row.grid && row.address],
    ["field.unit", row.handler],
    ["field.responsible", row.responsible && (row.responsible.person === "center" ? t("desk.center_duty") : row.responsible.name)],
  ];
  const said = lines.filter(([, value]) => value);
  return el("dl", { class: "facts" }, said.flatMap(([key, value]) => [el("dt", {}, t(key)), el("dd", {}, value)]));
}

/**
 * @param {Row} row
 * @param {TraceEvent[]} events
 */
async function photos(row, events) {
  const found = events.filter((event) => event.kind === "attached").map((event) => event.detail.sha256);
  if (!found.length) return null;
  return el("div", { class: "photos" }, found.map((sha256, at) => {
    const src = `/api/v1/incidents/${row.id}/photos/${sha256}`;
    /** @type {HTMLImageElement} */
    const image = el("img", { src, alt: t("field.photo_n", { n: at + 1 }), loading: "lazy", onerror: () => (image.hidden = true) });
    return el("a", { href: src, target: "_blank", rel: "noopener" }, image);
  }));
}

/**
 * @param {OwnedApp} app
 * @param {Incident} value
 */
async function place(app, { position }) {
  const area = position && (await areaOf(app.me));
  if (!area || !area.shapes.length) return null;
  const map = new GridMap(area);
  map.setPoint({ lon: position[0], lat: position[1], centre: true });
  return map.node;
}

/**
 * @param {OwnedApp} app
 * @param {Incident} value
 * @param {string[]} pending
 * @param {Steps} steps
 */
function actions(app, value, pending, steps) {
  const allowed = new Map(value.actions.map((action) => [action.kind, action]));
  // What the server allows; after a step that has not arrived yet, what the rules say.
  const next = pending.length ? possibleAfter(value.row, pending, value.role, steps) : [...allowed.keys()];
  const forms = offered(next, steps).flatMap((kind) => allowed.get(kind) ?? steps.get(kind) ?? []);
  const fitting = forms.filter((form) => !asksPlace(form) || !value.row.grid);
  const here = el("div", { class: "step" });
  /** @param {Form} form */
  const open = (form) => here.replaceChildren(stepForm(app, value, form, pending, () => here.replaceChildren()));
  const buttons = fitting.map((form, at) => button(toDo(form.kind), () => open(form), { "data-kind": form.kind, class: at ? "button" : "button main" }));
  return el("div", {}, el("div", { class: "actions", "data-testid": "actions" }, buttons), here);
}

/**
 * @param {OwnedApp} app
 * @param {Incident} value
 * @param {Form} action
 * @param {string[]} pending
 * @param {() => void} close
 */
function stepForm(app, value, action, pending, close) {
  const { kind } = action;
  const reason = action.needs_reason;
  const placed = asksPlace(action);
  /** @type {Photo[]} */
  const taken = [];
  /** @type {Place | null} */
  let where = null;
  const said = el("p", { class: "wrong", role: "alert" });
  const label = t(reason ? "field.reason" : "field.note");
  const text = el("textarea", { rows: 3, maxlength: MAX_TEXT, "aria-label": label, placeholder: label, "data-testid": "step-text" });

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const written = text.value.trim();
    const must = reason || asksNote(action);
    if (must && !written) return (said.textContent = t("field.wanting_reason"));
    if (placed && !where) return (said.textContent = t("field.wanting_place"));
    confirm.disabled = true;
    const detail = { ...(written && { [reason ? "reason" : "note"]: written }), ...(where && placeFields(where)) };
    const { row } = value;
    const seen = { n: pending.length ? null : row.n, last_at: latest(value.incident.events.map((one) => one.at)) };
    await addStep(app.me.person, { title: row.title, category: row.category }, row.id, seen, { kind, detail }, taken);
    app.toast(t(navigator.onLine ? "field.saved_sending" : "field.saved_waiting"));
    app.sendSoon();
    return app.go("list");
  }

  /** @type {HTMLButtonElement} */
  const confirm = el("button", { type: "submit", class: "button main", "data-testid": "confirm" }, t("field.step_confirm", { step: toDo(kind) }));
  const form = el("form", { onsubmit: submit },
    el("h2", {}, toDo(kind)),
    text,
    placed && placeField(app.me, null, (found) => (where = found)),
    !WITHOUT_PHOTO.has(kind) && photoField(taken, () => {}),
    said,
    el("div", { class: "pair" }, confirm, button(t("field.cancel"), close)));
  setTimeout(() => form.scrollIntoView({ block: "nearest" }));
  return form;
}

/**
 * Who reported through a door of the server is known by its source.
 * @param {TraceEvent} event
 * @param {string} source
 */
const by = (event, source) => (event.actor === SERVER ? sourceName(source) : event.actor);

/**
 * @param {TraceEvent[]} events
 * @param {string} source
 */
function trace(events, source) {
  const list = el("ol", { class: "trace", "data-testid": "trace" });
  const lines = [...events].reverse().map((event) => el("li", {},
    el("time", { class: "quiet" }, when(event.at)),
    el("span", {}, `${done(event.kind)} · ${by(event, source)}`),
    (event.detail.reason || event.detail.note) && el("span", { class: "quiet" }, event.detail.reason || event.detail.note)));
  /** @type {HTMLButtonElement} */
  const more = button(t("field.trace_all", { n: lines.length }), () => {
    list.replaceChildren(...lines);
    more.remove();
  }, { class: "plain" });
  list.replaceChildren(...lines.slice(0, SHOWN_EVENTS));
  return el("div", {}, el("h2", {}, t("field.trace")), list, lines.length > SHOWN_EVENTS && more);
}
