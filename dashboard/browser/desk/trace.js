/* The trace: every event of the log, the newest first: when, who, what was said, which clock runs, who answers for it. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const t = (key, values) => center.format.t(key, values);
  const LATE_MS = 120000; // told to the log so much later than it happened

  function clockLine(event, before) {
    const { clock } = event.detail;
    if (clock === undefined) return null;
    if (clock === null) return before ? t("desk.clock_stopped") : null;
    const values = { due: desk.words.when(clock.due), yellow: desk.words.when(clock.yellow) };
    return t(clock.yellow ? "desk.clock_runs_yellow" : "desk.clock_runs", values);
  }

  /* Who answers for it from here on; nothing where that stays the same. */
  function responsibleLine(event, before) {
    const one = event.detail.responsible;
    if (!one || (before && before.person === one.person && before.post === one.post)) return null;
    return t(one.gap ? "desk.responsible_gap" : "desk.responsible", { who: desk.words.person(one) });
  }

  function handlerLine(event) {
    const { handler, unit, override, decision, person } = event.detail;
    if (!handler && !unit && !person) return null;
    const to = desk.words.unit(unit, handler) || person;
    return t(override ? "desk.given_by_hand" : "desk.given", { to, rule: decision ? desk.words.rule(decision) : "" });
  }

  function entry(event, before) {
    const { el, div, span } = desk.dom;
    const facts = desk.words.lines(event).map(({ key, label, text }) =>
      el("p", { class: key === "reason" || key === "note" ? "quoted" : "" }, span("quiet", label), " ", key === "into" ? desk.incident.link({ id: event.detail.into }) : span("number", text)),
    );
    const given = handlerLine(event);
    const clock = clockLine(event, before.clock);
    const responsible = responsibleLine(event, before.responsible);
    const late = new Date(event.recorded_at) - new Date(event.at) > LATE_MS;
    return el(
      "li",
      { class: "event", "data-n": event.n },
      el("time", { class: "number", datetime: event.at }, desk.words.when(event.at)),
      div(
        "event-body",
        el("p", {}, el("b", {}, desk.words.done(event.kind)), " ", span("quiet", event.actor)),
        given && el("p", {}, given),
        facts,
        responsible && el("p", { class: event.detail.responsible.gap ? "gap" : "" }, responsible),
        clock && el("p", { class: "quiet number" }, clock),
        late && el("p", { class: "quiet number" }, t("desk.recorded", { at: desk.words.when(event.recorded_at) })),
      ),
    );
  }

  function draw({ incident }) {
    const { el, div } = desk.dom;
    const before = { clock: null, responsible: null };
    const told = incident.events.map((event) => {
      const drawn = entry(event, before);
      ["clock", "responsible"].filter((key) => event.detail[key] !== undefined).forEach((key) => (before[key] = event.detail[key]));
      return drawn;
    });
    return div("part", el("h3", {}, t("desk.trace", { n: incident.events.length })), el("ol", { class: "trace", "data-testid": "trace", reversed: true }, told.reverse()));
  }

  desk.trace = { draw };
})();
