/* Who sits at this desk: a person of the roster, or the center as such. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const SEARCH_MS = 250;
  const t = (key, values) => center.format.t(key, values);
  let me = null; // the session document
  let timer = 0;
  let asked = 0;

  let ended = false;

  const person = () => (me ? me.person : null);
  const actor = () => (person() ? person().name : t("desk.center"));

  /* A duty that ended ends the session; who comes next says so. */
  async function load() {
    try {
      me = await desk.server.get("session");
    } catch (error) {
      if (error.code !== "session_ended") throw error;
      me = null;
      ended = true;
    }
    draw();
    if (ended) choose();
  }

  function draw() {
    const { el, fill, span } = desk.dom;
    const one = person();
    const held = one ? duty(one) : t(ended ? "error.session_ended" : "desk.whole_center");
    fill(
      "me",
      el("button", { type: "button", class: "me-button", title: t("desk.who_am_i"), "data-testid": "who", on: { click: choose } },
        span("quiet", t("desk.i_am")), el("b", {}, one ? one.name : ended ? "–" : t("desk.center")), desk.dom.name("quiet", held)),
    );
  }

  const duty = (one) => [desk.words.post(one.post), one.place].filter(Boolean).join(" · ");

  function choose() {
    const { el, div } = desk.dom;
    const input = el("input", { type: "search", class: "input", autocomplete: "off", placeholder: t("desk.find_person"), "aria-label": t("desk.find_person"), on: { input: () => later(input.value) } });
    const list = el("ul", { class: "persons", id: "persons" });
    const nobody = el("button", { type: "button", class: "person", on: { click: end } }, el("b", {}, t("desk.center")), " ", el("span", { class: "quiet" }, t("desk.whole_center")));
    desk.dialog.open(t("desk.who_am_i"), div("field wide", input), list, person() || ended ? nobody : null);
    find("");
  }

  function later(sought) {
    clearTimeout(timer);
    timer = setTimeout(() => find(sought), SEARCH_MS);
  }

  async function find(sought) {
    const ticket = (asked += 1);
    try {
      const got = await desk.server.get("people", { q: sought.trim() });
      if (ticket === asked && desk.dom.byId("persons")) show(got, sought.trim());
    } catch (error) {
      desk.complain(error);
    }
  }

  /* Nobody to choose: because nobody was imported, nobody is on duty today, or nobody is called so. */
  function nobodyThere({ registered }, sought) {
    if (!registered) return t("desk.roster_empty", { command: "python app.py registers import" });
    return sought ? t("desk.nothing_found") : t("desk.nobody_on_duty", { n: center.format.number(registered) });
  }

  function show(got, sought) {
    const { people, total } = got;
    const { el, fill } = desk.dom;
    const entry = (one) =>
      el("li", {}, el("button", { type: "button", class: "person", "data-person": one.id, on: { click: () => become(one.id) } }, el("b", {}, one.name), " ", el("span", { class: "quiet" }, duty(one))));
    const cut = total > people.length && el("li", { class: "quiet" }, t("desk.persons_cut", { n: center.format.number(total), shown: people.length }));
    fill("persons", people.length ? [people.map(entry), cut] : el("li", { class: "quiet" }, nobodyThere(got, sought)));
  }

  async function change(act) {
    try {
      await act();
      ended = false;
      await load();
    } catch (error) {
      return desk.complain(error);
    }
    desk.dialog.close();
    desk.follow.now();
    return desk.incident.reload();
  }

  /* The queue "mine" without a person: what to do about it. */
  async function needed() {
    desk.why.say(t("desk.mine_needs_person"));
    try {
      const got = await desk.server.get("people", { limit: 1 });
      if (!got.people.length && !person()) desk.why.say(nobodyThere(got, ""));
    } catch (error) {
      desk.complain(error);
    }
  }

  const become = (id) => change(() => desk.server.post("session", { person: id }));
  const end = () => change(() => desk.server.remove("session"));

  desk.session = { load, choose, needed, person, actor };
})();
