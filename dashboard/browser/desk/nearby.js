/* What lies near in place and time, and what may be the same incident once more. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const t = (key, values) => center.format.t(key, values);

  const distance = (metres) => (metres === null || metres === undefined ? "" : t("desk.metres", { n: Math.round(metres) }));
  const facts = (one) => [distance(one.distance_m), desk.words.when(one.reported_at), desk.words.stage(one.stage)].filter(Boolean).join(" · ");

  function entry(one, twin) {
    const { el, div, name } = desk.dom;
    const what = desk.words.what(one.category, one.title);
    const merge = twin && desk.actions.of("merged");
    return el(
      "li",
      { class: twin ? "twin" : "" },
      el("button", { type: "button", class: "near", on: { click: () => desk.incident.open(one.id) } }, name("", what), name("quiet number", facts(one))),
      merge && div("", el("button", { type: "button", class: "action", on: { click: () => desk.form.open("merged", { into: one.id }) } }, t("desk.merge_here"))),
    );
  }

  function draw(got) {
    const { el, fill } = desk.dom;
    if (!got) return fill("nearby");
    const parts = [];
    if (got.duplicates.length) {
      parts.push(el("h3", {}, t("desk.duplicates")), el("ul", { class: "near-list" }, got.duplicates.map((one) => entry(one, true))));
    }
    const twins = new Set(got.duplicates.map((one) => one.id));
    const others = got.neighbours.filter((one) => !twins.has(one.id));
    parts.push(el("h3", {}, t("desk.neighbours")));
    parts.push(others.length ? el("ul", { class: "near-list" }, others.map((one) => entry(one, false))) : el("p", { class: "quiet" }, t("desk.no_neighbours")));
    return fill("nearby", parts);
  }

  /* The form takes the place; what is near stays on the map. */
  const hide = (hidden) => (desk.dom.byId("nearby").hidden = hidden);

  desk.nearby = { draw, hide, facts };
})();
