/* The form of one step. What was typed outlives everything: another look at the list, a step by somebody else, a
   reload of the page. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const t = (key, values) => center.format.t(key, values);
  const READ_MS = 1000; // what was just told to a person shall not be overrun by a key already on its way
  const KEPT = "desk-draft:";
  const OPEN = "desk-open"; // the form a reload of the page opens again

  let current = null; // {id, kind, fields, expect, key, toldAt, blocked, busy}
  let waiting = null; // {id, kind}: asked for while the incident was still on its way

  const address = (id, kind) => `${KEPT}${id}:${kind}`;

  function keepDraft() {
    const values = Object.fromEntries(current.fields.map((field) => [field.name, field.keep()]));
    sessionStorage.setItem(address(current.id, current.kind), JSON.stringify({ values, key: current.key }));
  }

  const draftOf = (id, kind) => JSON.parse(sessionStorage.getItem(address(id, kind)) || "null");

  function open(kind, preset = {}) {
    desk.why.clear();
    if (desk.incident.id() === null) return desk.why.step(kind, null);
    if (!desk.incident.arrived()) return void (waiting = { id: desk.incident.id(), kind });
    const got = desk.incident.shown();
    const action = desk.actions.of(kind);
    if (!action) return desk.why.step(kind, got);
    if (current && current.busy) return desk.why.say(t("desk_why.sending", { id: String(current.id) }));
    if (current && current.kind === kind && current.id === got.incident.id) {
      Object.entries(preset).forEach(([name, value]) => write(name, value));
      return focusFirst();
    }
    close();
    const draft = draftOf(got.incident.id, kind);
    current = {
      id: got.incident.id, kind, fields: desk.fields.all(action, got), expect: got.row.n, toldAt: 0,
      key: draft ? draft.key : newKey(), needsReason: action.needs_reason, oneOf: action.one_of || [],
    };
    build(action);
    const start = { ...defaults(kind, got), ...(draft ? draft.values : {}), ...preset };
    Object.entries(start).forEach(([name, value]) => value !== undefined && write(name, value));
    adapt();
    desk.actions.again();
    desk.nearby.hide(true);
    if (asksPlace()) desk.map.place(true);
    sessionStorage.setItem(OPEN, JSON.stringify({ id: current.id, kind }));
    focusFirst();
    return undefined;
  }

  /* After a reload: the form that was open, with what was typed. */
  function restore() {
    const was = JSON.parse(sessionStorage.getItem(OPEN) || "null");
    if (was && desk.incident.shown() && was.id === desk.incident.shown().incident.id) open(was.kind);
  }

  /* A step that is sent twice with one key is one step. */
  const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));

  function defaults(kind, got) {
    const { chosen, decision, incident } = got;
    const means = incident.means || (chosen && chosen.means) || (decision && decision.means) || undefined;
    return {
      dispatched: { means: means || center.config.means[0] },
      closed: { means, level: incident.held_level ?? undefined },
      extended: { days: 1 },
      merged: { into: got.duplicates.length ? got.duplicates[0].id : undefined },
      located: { lon: incident.lon ?? undefined, lat: incident.lat ?? undefined },
    }[kind] || {};
  }

  const fieldOf = (name) => current && current.fields.find((field) => field.name === name);
  /* Whether the step says where the incident is: then the map is asked, too. */
  const asksPlace = () => Boolean(fieldOf("grid_code"));
  const write = (name, value) => fieldOf(name) && fieldOf(name).write(value);
  const element = () => document.querySelector("#form form");

  /* Whose form it is, in sight and for screen readers: the number, what it is, and where. */
  function whose(kind) {
    const { el, span } = desk.dom;
    const { row } = desk.incident.shown();
    return el(
      "h3", { class: "whose", id: "form-whose" },
      el("b", {}, desk.words.step(kind), " ", span("number", `#${current.id}`)),
      span("", [desk.words.category(row.category), desk.words.place(row)].filter(Boolean).join(" · ")),
    );
  }

  function build(action) {
    const { el, div, fill } = desk.dom;
    const hint = asksPlace() ? el("p", { class: "quiet" }, t("desk.place_hint")) : null;
    const form = el(
      "form",
      { class: "step", "data-kind": action.kind, novalidate: true, "aria-labelledby": "form-whose", on: { submit, input: changed, change: changed } },
      whose(action.kind),
      div("told", ""),
      hint,
      div("fields", current.fields.map((field) => field.node)),
      div("why quiet", ""),
      div("problem light-red", ""),
      div(
        "buttons",
        el("button", { type: "submit", class: "submit" }, desk.words.step(action.kind), el("kbd", {}, "Ctrl+Enter")),
        el("button", { type: "button", class: "cancel", on: { click: cancel } }, t("desk.cancel"), el("kbd", {}, "Esc")),
      ),
    );
    form.querySelector(".told").setAttribute("role", "alert");
    form.querySelector(".problem").setAttribute("role", "alert");
    fill("form", form);
  }

  function changed(event) {
    if (!current) return;
    // Degrees that are typed take the place of a grid that was chosen.
    const degrees = event && ["lon", "lat"].some((name) => fieldOf(name) && fieldOf(name).node.contains(event.target));
    if (degrees && fieldOf("grid_code")) write("grid_code", "");
    keepDraft();
    adapt();
    if (asksPlace()) desk.map.candidate(fieldOf("lon").read(), fieldOf("lat").read());
  }

  /* A grid stands in the place of a position, and the other way round: only one of them is said. */
  function gridChosen(grid) {
    ["lon", "lat"].forEach((name) => write(name, ""));
    desk.map.showGrid(grid.id);
    changed();
  }

  /* The names of the place, before it is sent. */
  function placeNames() {
    const why = element().querySelector(".why");
    const grid = center.grids.get(fieldOf("grid_code").read());
    const [lon, lat] = [fieldOf("lon").read(), fieldOf("lat").read()];
    const tell = (names) => current && asksPlace() && (why.textContent = names === t("desk.outside") ? names : t("desk.place_is", { names }));
    if (grid) {
      tell(desk.place.pathOf(grid));
      if (grid.level < center.grids.depth()) why.append(" ", t("desk.place_area", { level: desk.words.level(grid.level) }));
    } else if (Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 90) {
      desk.place.at("form", lon, lat, (names) => current && fieldOf("lon") && fieldOf("lon").read() === lon && fieldOf("lat").read() === lat && tell(names));
    } else why.textContent = "";
  }

  /* What the rule chooses for the means that are ticked. */
  const byRule = () => desk.incident.shown().decisions.find((one) => one.means === fieldOf("means").read()) || null;

  /* Other means may lead to another unit; another unit than the rule's asks for a reason. */
  function adapt() {
    if (asksPlace()) return placeNames();
    if (current.kind !== "dispatched" || !fieldOf("unit")) return undefined;
    const rule = byRule();
    const unit = fieldOf("unit");
    unit.node.querySelector("option").textContent = rule ? t("desk.by_rule", { unit: rule.unit_name }) : t("desk.left_to_rule");
    const reason = fieldOf("reason");
    const said = unit.read();
    reason.required = Boolean(rule && said && said !== rule.unit);
    reason.node.hidden = !reason.required;
    const who = rule && rule.person && t("desk.responsible", { who: desk.words.person(rule.person) });
    const why = said || !rule ? [] : [desk.words.rule(rule), who].filter(Boolean);
    desk.dom.fill(element().querySelector(".why"), why.map((line) => desk.dom.el("p", {}, line)));
    return undefined;
  }

  function focusFirst() {
    if (current.kind === "located") return desk.map.focus();
    const empty = current.fields.find((field) => field.required && !field.node.hidden && field.read() === undefined);
    const target = empty || element().querySelector(".submit");
    target.focus();
    desk.dom.byId("form").scrollIntoView({ block: "nearest" });
    return undefined;
  }

  function detail() {
    const said = { key: current.key };
    current.fields.filter((field) => !field.node.hidden).forEach((field) => {
      const value = field.read();
      if (value !== undefined) said[field.name] = value;
    });
    if (asksPlace() && said.lon !== undefined) said.coordinate_system = "wgs84";
    return said;
  }

  function problem(text) {
    element().querySelector(".problem").textContent = text;
  }

  function lacking() {
    const wanting = current.fields.find((field) => field.required && !field.node.hidden && field.read() === undefined);
    if (wanting) return { field: wanting, text: t("desk.must_say", { what: t(`desk_said.${wanting.name}`) }) };
    if (current.kind === "extended" && !["days", "hours"].some((name) => fieldOf(name) && fieldOf(name).read())) {
      return { field: fieldOf("days"), text: t("desk.must_say", { what: t("desk_said.days") }) };
    }
    return (asksPlace() && lackingPlace()) || lackingOne();
  }

  function lackingPlace() {
    const grid = fieldOf("grid_code");
    if (grid.pending()) return { field: grid, text: t("desk.choose_grid") };
    const without = ["lon", "lat"].filter((name) => fieldOf(name).read() === undefined);
    if (grid.read() || !without.length) return null;
    if (without.length === 1) return { field: fieldOf(without[0]), text: t("desk.must_say", { what: t(`desk_said.${without[0]}`) }) };
    return null;
  }

  /* Of some things one must be said, whichever it is. */
  function lackingOne() {
    const said = detail();
    if (!current.oneOf.length || current.oneOf.some((name) => said[name] !== undefined && said[name] !== "")) return null;
    if (current.kind === "located") return { field: fieldOf("grid_code"), text: t("desk.must_place") };
    const asked = current.oneOf.map((name) => t(`desk_said.${name}`));
    return { field: fieldOf(current.oneOf[0]), text: t("desk.must_say_one", { what: asked.join(t("desk.or")) }) };
  }

  /* Why a form that is open cannot be sent at this moment; "" where it can. */
  function inTheWay() {
    if (!current) return t(waiting ? "desk_why.arriving" : "desk_why.no_form");
    if (current.busy) return t("desk_why.sending", { id: String(current.id) });
    if (current.blocked) return t("desk.no_longer_possible", { step: desk.words.step(current.kind) });
    return Date.now() - current.toldAt < READ_MS ? t("desk_why.read_first") : "";
  }

  async function submit(event) {
    if (event) event.preventDefault();
    const why = inTheWay();
    if (why) return desk.why.say(why);
    desk.why.clear();
    const missing = lacking();
    if (missing) {
      problem(missing.text);
      return missing.field.focus();
    }
    const sent = current;
    sent.busy = true;
    problem("");
    element().classList.add("busy");
    // No time: it is done when the server takes it, by the server's clock.
    const step = { kind: sent.kind, actor: desk.session.actor(), detail: detail(), expect_n: sent.expect };
    try {
      await desk.server.post(`incidents/${sent.id}/events`, step);
      taken(sent);
    } catch (error) {
      if (!error.code) throw error;
      await refused(sent, error);
    } finally {
      sent.busy = false;
      if (element()) element().classList.remove("busy");
    }
  }

  function taken(sent) {
    sessionStorage.removeItem(address(sent.id, sent.kind));
    desk.say(t("desk.taken", { step: desk.words.done(sent.kind), id: String(sent.id) }));
    if (current === sent) close({ focus: true });
    desk.incident.reload();
    desk.follow.now();
  }

  /* Nothing typed is lost: the form stays, and says what is in the way. */
  async function refused(sent, error) {
    if (current !== sent) return desk.complain(error);
    if (error.code === "step_overtaken") {
      await desk.incident.reload();
      if (current === sent) tell(error.values.since || [], error.values.n);
      return undefined;
    }
    if (error.status === 409) await desk.incident.reload();
    if (current === sent) problem(desk.reason(error));
    return undefined;
  }

  /* What others did while the form was open. */
  function tell(since, n) {
    const { el, fill } = desk.dom;
    if (n !== undefined && n !== null) current.expect = Math.max(current.expect ?? 0, n);
    current.toldAt = Date.now();
    const still = desk.actions.of(current.kind);
    const events = since.map((event) => el("li", {}, t("desk.since", { at: desk.words.when(event.at), actor: event.actor, step: desk.words.done(event.kind) })));
    fill(
      element().querySelector(".told"),
      el("b", {}, t("error.step_overtaken")),
      el("ul", {}, events),
      el("p", {}, t(still ? "desk.still_possible" : "desk.no_longer_possible", { step: desk.words.step(current.kind) })),
    );
    current.blocked = !still;
    element().querySelector(".submit").disabled = !still;
  }

  /* Nobody was faster, and yet the step is possible no more, or again: the asker's rights have changed. */
  function block(got) {
    const possible = desk.actions.of(current.kind) !== null;
    if (possible !== Boolean(current.blocked)) return;
    current.blocked = !possible;
    element().querySelector(".submit").disabled = !possible;
    element().querySelector(".told").textContent = possible ? "" : desk.why.reason(current.kind, got);
  }

  /* A newer document came while the form is open. */
  function follow(got) {
    if (waiting && waiting.id === got.incident.id) {
      const { kind } = waiting;
      waiting = null;
      return open(kind);
    }
    if (!current) return undefined;
    if (got.incident.id !== current.id) return close();
    if (current.busy) return undefined;
    if (got.row.n <= current.expect) return block(got);
    return tell(got.incident.events.filter((event) => event.n > current.expect), got.row.n);
  }

  function close({ focus = false } = {}) {
    if (current && asksPlace()) desk.map.place(false);
    current = null;
    waiting = null;
    sessionStorage.removeItem(OPEN);
    desk.dom.fill("form");
    desk.nearby.hide(false);
    desk.actions.again();
    if (focus) desk.dom.byId("queue").focus({ preventScroll: true });
  }

  /* Given up: the draft goes too. */
  function cancel() {
    sessionStorage.removeItem(address(current.id, current.kind));
    close({ focus: true });
  }

  /* Left for something else: the draft stays for when the form is opened again. */
  function leave({ focus = false } = {}) {
    if (current && current.busy) return false;
    if (current && sessionStorage.getItem(address(current.id, current.kind))) {
      desk.say(t("desk.draft_kept", { id: String(current.id), step: desk.words.step(current.kind) }));
    }
    if (current || waiting) close({ focus });
    return true;
  }

  /* A place pressed on the map. */
  function placed(lon, lat) {
    if (!current || !asksPlace()) return;
    write("grid_code", "");
    write("lon", lon.toFixed(6));
    write("lat", lat.toFixed(6));
    changed();
  }

  desk.form = { open, restore, close, leave, follow, submit, placed, gridChosen, kind: () => (current ? current.kind : null), busy: () => current !== null || waiting !== null };
})();
