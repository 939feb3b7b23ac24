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

  /* Open an incident; the middle keeps the old one until the new one is there. */
  async function open(id, { focus = false } = {}) {
    if (opened !== id && !desk.form.leave()) return;
    opened = id;
    desk.queue.stand(id);
    desk.keepAddress();
    await reload();
    if (opened === id && focus) desk.dom.byId("incident-body").focus({ preventScroll: true });
  }

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
    shown = null;
    print = "";
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
    desk.dom.fill(body, chosen(got), people(got), photos(got), desk.trace.draw(got));
    body.scrollTop = top;
    desk.actions.draw(got);
    desk.form.follow(got);
    desk.map.show(got, other);
    desk.nearby.draw(got);
  }

  function nothing() {
    const { el, fill, div } = desk.dom;
    fill("incident-head");
    fill("incident-body", div("nothing", el("p", {}, t("desk.choose")), el("p", { class: "quiet" }, t("desk.choose_hint"))));
    desk.actions.draw(null);
    desk.form.close();
    desk.nearby.draw(null);
    desk.map.show(null, true);
  }

  /* Head */
  function head({ row, incident }) {
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
      facts(row, incident),
    ];
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
      ["merged", incident.merged_into && `#${incident.merged_into}`],
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
    return div("part", parts);
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

  desk.incident = { open, reload, nothing, tick, id: () => opened, shown: () => shown };
})();
