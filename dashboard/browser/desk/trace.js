/* The trace: every event of the log, the newest first: when, who, what was said, which clock runs, who answers for it. */
import { t } from "../lib/format.js";
import { div, el, span } from "./dom.js";
import { link } from "./link.js";
import * as words from "./words.js";

/** @import { Detail, Incident, TraceEvent } from "./types" */
/** @typedef {Pick<Detail, "clock" | "responsible">} Before what the events before have left */

const LATE_MS = 120000; // told to the log so much later than it happened

/**
 * @param {TraceEvent} event
 * @param {Before["clock"]} before
 */
function clockLine(event, before) {
  const { clock } = event.detail;
  if (clock === undefined) return null;
  if (clock === null) return before ? t("desk.clock_stopped") : null;
  const values = { due: words.when(clock.due), yellow: words.when(clock.yellow) };
  return t(clock.yellow ? "desk.clock_runs_yellow" : "desk.clock_runs", values);
}

/**
 * Who answers for it from here on; nothing where that stays the same.
 * @param {TraceEvent} event
 * @param {Before["responsible"]} before
 */
function responsibleLine(event, before) {
  const one = event.detail.responsible;
  if (!one || (before && before.person === one.person && before.post === one.post)) return null;
  return t(one.gap ? "desk.responsible_gap" : "desk.responsible", { who: words.person(one) });
}

/** @param {TraceEvent} event */
function handlerLine(event) {
  const { handler, unit, override, decision, person } = event.detail;
  if (!handler && !unit && !person) return null;
  const to = words.unit(unit, handler) || person;
  return t(override ? "desk.given_by_hand" : "desk.given", { to, rule: decision ? words.rule(decision) : "" });
}

/**
 * @param {TraceEvent} event
 * @param {Before} before
 */
function entry(event, before) {
  const facts = words.lines(event).map(({ key, label, text }) =>
    el("p", { class: key === "reason" || key === "note" ? "quoted" : "" }, span("quiet", label), " ", key === "into" ? link({ id: event.detail.into ?? 0 }) : span("number", text)),
  );
  const given = handlerLine(event);
  const clock = clockLine(event, before.clock);
  const responsible = responsibleLine(event, before.responsible);
  const late = Date.parse(event.recorded_at) - Date.parse(event.at) > LATE_MS;
  return el(
    "li",
    { class: "event", "data-n": event.n },
    el("time", { class: "number", datetime: event.at }, words.when(event.at)),
    div(
      "event-body",
      el("p", {}, el("b", {}, words.done(event.kind)), " ", span("quiet", event.actor)),
      given && el("p", {}, given),
      facts,
      responsible && el("p", { class: event.detail.responsible?.gap ? "gap" : "" }, responsible),
      clock && el("p", { class: "quiet number" }, clock),
      late && el("p", { class: "quiet number" }, t("desk.recorded", { at: words.when(event.recorded_at) })),
    ),
  );
}

/** @param {Incident} got */
export function draw({ incident }) {
  /** @type {Before} */
  const before = {};
  const told = incident.events.map((event) => {
    const drawn = entry(event, before);
    if (event.detail.clock !== undefined) before.clock = event.detail.clock;
    if (event.detail.responsible !== undefined) before.responsible = event.detail.responsible;
    return drawn;
  });
  return div("part", el("h3", {}, t("desk.trace", { n: incident.events.length })), el("ol", { class: "trace", "data-testid": "trace", reversed: true }, told.reverse()));
}
