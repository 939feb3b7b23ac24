/* One incident: what it is, which rule chose its handler, who belongs to its grid, and its whole trace. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const t = (key, values) => center.format.t(key, values);

  let opened = null; // its id
  let shown = null; // the document that is drawn
  let asked = 0;
  let print = "";
  let timer = 0;
  const SETTLE_MS = 90; // a key held down opens the row it ends on
  const LATE_MS = 400; // longer than this, the incident before does not stay in sight

  /* Open an incident; the middle keeps the old one until the new one is there. */
  async function open(id, { focus = false, settle = false, step = false } = {}) {
    if (opened !== id) {
      if (!desk.form.leave()) return desk.why.say(t("desk_why.sending", { id: String(opened) }));
      desk.why.clear();
    }
    opened = id;
    desk.queue.show();
    desk.keepAddress({ step });
    wait();
    if (settle) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    if (opened !== id) return undefined; // moved on meanwhile
    await reload();
    if (opened === id && focus) desk.dom.byId("incident-body").focus({ preventScroll: true });
    return undefined;
  }

  const arrived = () => shown !== null && shown.incident.id === opened;

  /* Until the opened incident is there, nothing of the one before can be pressed; if it takes long, it goes. */
  function wait() {
    clearTimeout(timer);
    ["actions", "nearby"].forEach((id) => (desk.dom.byId(id).inert = !arrived()));
    if (!arrived()) timer = setTimeout(() => !arrived() && empty(opening()), LATE_MS);
  }

  const opening = () => desk.dom.el("p", { class: "quiet" }, t("desk.opening", { id: String(opened) }));

  async function reload() {
    if (opened === null) return;
    const ticket = (asked += 1);
    try {
      const got = await desk.server.get(`desk/incidents/${opened}`);
      if (ticket === asked) draw(got);
    } catch (error) {
      if (ticket !== asked || !error.code) throw error;
      if (error.status === 404) gone();
      else desk.complain(error);
    }
  }

  function gone() {
    opened = null;
    desk.keepAddress();
    nothing();
    desk.say(t("error.incident_unknown"));
  }

  /* A newer document of the same incident leaves scroll and the open form alone. */
  function draw(got) {
    const text = JSON.stringify(got);
    if (text === print) return;
    const before = shown;
    const other = !before || before.incident.id !== got.incident.id;
    print = text;
    shown = got;
    const body = desk.dom.byId("incident-body");
    const top = other ? 0 : body.scrollTop;
    desk.dom.fill("incident-head", head(got));
    desk.dom.fill(body, merged(got), chosen(got), people(got), photos(got), desk.trace.draw(got));
    body.scrollTop = top;
    desk.actions.draw(got);
    wait();
    desk.form.follow(got);
    desk.map.show(got, other);
    desk.nearby.draw(got);
  }

  function nothing() {
    const { el } = desk.dom;
    desk.form.close();
    empty(el("p", {}, t("desk.choose")), el("p", { class: "quiet" }, t("desk.choose_hint")));
  }

  function empty(...words) {
    const { fill, div } = desk.dom;
    shown = null;
    print = "";
    fill("incident-head");
    fill("incident-body", div("nothing", words));
    desk.actions.draw(null);
    desk.nearby.draw(null);
    desk.map.show(null, true);
  }

  /* Head */
  function head(got) {
    const { row, incident } = got;
    const { el, div, span, mark } = desk.dom;
    const { words } = desk;
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

  /* Merged incidents */
  function link(one) {
    return desk.dom.el("a", { href: `/desk?id=${one.id}`, class: "incident-link number", on: { click: (event) => follow(event, one.id) } }, `#${one.id}`);
  }

  /* A click stays on the desk; with a key held, the browser opens a window of its own. */
  function follow(event, id) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(id, { focus: true, step: true });
  }

  /* Where a merged incident went on. The first is known by its number, even where it may not be seen. */
  function wentOn({ incident, merged_into: chain }) {
    if (!incident.merged_into) return null;
    const { el, span, div } = desk.dom;
    const { words } = desk;
    if (!chain.length) return div("merged-into", span("", t("desk.merged_into")), span("number", `#${incident.merged_into}`), span("quiet", t("desk.not_in_scope")));
    const step = (one, i) => [i > 0 && span("quiet", t("desk.merged_on")), link(one), span("", words.what(one.category, one.title)), span("quiet", words.stage(one.stage))];
    return el("p", { class: "merged-into" }, span("", t("desk.merged_into")), chain.map(step));
  }

  /* What was merged into this one. */
  function merged({ merged: from }) {
    const { el, div, span } = desk.dom;
    if (!from.length) return null;
    const { words } = desk;
    const entry = (one) => el(
      "li", {}, link(one), span("", words.what(one.category, one.title)),
      span("quiet number", [words.path(one.grid), words.source(one.source), words.when(one.reported_at), one.merged_at && t("desk.merged_at", { at: words.when(one.merged_at) })].filter(Boolean).join(" · ")),
    );
    return div("part", el("h3", {}, t("desk.merged_here", { n: from.length })), el("ul", { class: "merged-list", "data-testid": "merged" }, from.map(entry)));
  }

  function facts(row, incident) {
    const { el, div } = desk.dom;
    const { words } = desk;
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

  /* The rule */
  function chosen({ chosen: was, decision, decisions, incident }) {
    const { el, div, span } = desk.dom;
    const parts = [el("h3", {}, t("desk.rule"))];
    if (was) {
      parts.push(el("p", { class: "rule" }, desk.words.rule(was) || incident.handler));
      if (was.override) parts.push(el("p", { class: "rule override" }, t("desk.overridden", { unit: desk.words.unit(was.unit, was.unit_name || incident.handler), reason: was.reason || "–" })));
    }
    const open = incident.stage !== "closed" && incident.stage !== "voided";
    const means = (was && was.means) || (decision && decision.means);
    const now = decisions.find((one) => one.means === means) || decision;
    const same = was && now && was.unit === now.unit && was.rule === now.rule;
    if (open && now && !same) {
      const who = now.person && desk.words.person(now.person);
      const whom = [el("b", {}, desk.words.unit(now.unit, now.unit_name)), who && ` · ${who}`];
      parts.push(el("p", { class: "rule" }, span("quiet", t(was ? "desk.rule_now" : "desk.rule_would")), whom), el("p", { class: "rule quiet" }, desk.words.rule(now)));
    }
    if (!was && !decision) parts.push(el("p", { class: "rule quiet" }, t("desk.no_rule")));
    return parts.length > 1 ? div("part", parts) : null;
  }

  /* 一长五员 */
  function people({ people: held }) {
    const { el, div, span, name } = desk.dom;
    if (!held || !held.length) return null;
    const here = held[0].grid; // said once, and again only where somebody belongs elsewhere
    const cards = held.map((one) => {
      const who = one.name || one.person;
      const label = [desk.words.post(one.post), one.grid !== here && desk.words.at(one.grid)].filter(Boolean).join(" · ");
      return div(`holder${who ? "" : " hole"}`, name("quiet", label), who ? span("who", who) : span("who", t("desk.hole")));
    });
    return div("part", el("h3", {}, [t("desk.people"), desk.words.at(here)].filter(Boolean).join(" · ")), div("people", cards));
  }

  function photos({ incident }) {
    const { el, div } = desk.dom;
    const kept = incident.events.filter((event) => event.kind === "attached" && event.detail.sha256);
    if (!kept.length) return null;
    const pictures = kept.map((event) => {
      const address = `/api/v1/incidents/${incident.id}/photos/${encodeURIComponent(event.detail.sha256)}`;
      const alt = t("desk.photo", { at: desk.words.when(event.at), actor: event.actor });
      return el("a", { href: address, target: "_blank", rel: "noopener", title: alt }, el("img", { src: address, alt, loading: "lazy" }));
    });
    return div("part", el("h3", {}, t("desk.photos")), div("photos", pictures));
  }

  function tick() {
    const words = document.querySelector("#incident-head .left-words");
    if (words && shown && shown.row.clock && !shown.row.suspended) words.textContent = desk.words.left(shown.row);
  }

  desk.incident = { open, reload, nothing, tick, arrived, link, id: () => opened, shown: () => shown };
})();
