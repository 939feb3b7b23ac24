/* What the desk says: times, clocks, places, people, and each event of a trace as sentences. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const MINUTE = 60000;
  const t = (key, values) => center.format.t(key, values);
  const local = (value) => center.format.local(value);
  const has = (key) => center.config.texts[key] !== undefined;
  const formats = {};

  function stamp(moment, year) {
    const date = new Date(moment);
    if (!moment || Number.isNaN(date.getTime())) return "–";
    const day = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    formats[year] ??= new Intl.DateTimeFormat("en-US", { ...day, ...(year ? { year: "numeric" } : {}), timeZone: center.config.timezone });
    const parts = Object.fromEntries(formats[year].formatToParts(date).map((part) => [part.type, part.value]));
    return `${year ? `${parts.year}-` : ""}${parts.month}-${parts.day} ${parts.hour}:${parts.minute}`;
  }

  /* Month, day, hour and minute; with the year where it is not this one. */
  const when = (moment) => {
    const here = new Date(desk.now()).getFullYear();
    return stamp(moment, moment && new Date(moment).getFullYear() !== here);
  };

  /* A length of time in its two largest units. */
  function span(ms) {
    const minutes = Math.max(0, Math.floor(ms / MINUTE));
    const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    if (days >= 10) return t("desk_time.days", { d: days });
    if (days) return t("desk_time.days_hours", { d: days, h: hours });
    if (hours) return t("desk_time.hours_minutes", { h: hours, m: rest });
    return t("desk_time.minutes", { m: rest });
  }

  /* What is left of a row's clock, or by how much it has passed. */
  function left(row) {
    if (row.suspended) return t("desk_time.suspended");
    if (!row.clock) return t("desk_time.none");
    const ms = new Date(row.clock.due).getTime() - desk.now();
    return ms < 0 ? t("desk_time.overdue", { span: span(-ms) }) : t("desk_time.left", { span: span(ms) });
  }

  /* Colour of a row's light at a moment: the last change that the server named, if any has come. */
  function light(row, moment_ms) {
    const come = row.lights.filter((change) => Date.parse(change.at) <= moment_ms);
    return come.length ? come[come.length - 1].light : "none";
  }

  /* What an incident is: its category, and its title where that says more. */
  function what(kind, title) {
    const name = category(kind);
    if (!title || title === name) return name;
    return title.includes(name) ? title : `${name} · ${title}`;
  }

  const category = (value) => local(value) || (value && value.code) || t("newest.uncategorised");
  const path = (grid) => (grid ? (grid.path && grid.path.length ? grid.path.map(local).join(t("page.path")) : local(grid.name)) : "");

  function place(row) {
    if (row.grid) return path(row.grid);
    const area = row.area ? t("desk.in_area", { area: path(row.area) }) : "";
    return [t("newest.unlocated"), area, row.address].filter(Boolean).join(" · ");
  }

  /* The center that no register names: the catalogue has its name in both languages, the log in one. */
  const CENTER = "center";
  const unit = (code, name) => (code === CENTER && !desk.units.has(code) ? t("desk.center") : name || (code ? desk.units.nameOf(code) : ""));
  const called = (one) => (one.person === CENTER ? t("desk.center_duty") : one.name || one.person);

  const post = (key) => (has(`desk_post.${key}`) ? t(`desk_post.${key}`) : key || "");

  /* A grid id, a unit or the center, by name. */
  function at(where) {
    if (!where || where === "center") return where ? t("desk.center") : "";
    const grid = center.grids.get(where);
    return grid ? local(grid.name) : desk.units.nameOf(where.replace(/^unit:/, ""));
  }

  function person(one) {
    if (!one || !(one.name || one.person)) return t("desk.nobody");
    const held = [post(one.post), at(one.at)].filter(Boolean).join(" · ");
    return held ? t("desk.person", { name: called(one), post: held }) : called(one);
  }

  /* The rule that decides, in the catalogue's words; one that the catalogue does not know is named. */
  function rule(decision) {
    const code = decision.override ? decision.rule_unit : decision.unit;
    const named = unit(code, !decision.override && decision.unit_name);
    return decision.rule ? t(`rule.${decision.rule}`, { ...decision.values, unit: named }) : "";
  }

  const step = (kind) => (has(`desk_step.${kind}`) ? t(`desk_step.${kind}`) : kind);
  const level = (value) => (value === 0 ? t("levels.city") : center.grids.levelName(value));
  const done = (kind) => (has(`desk_done.${kind}`) ? t(`desk_done.${kind}`) : kind);

  /* What an event said, field by field; fields that only machines read are left out. */
  const SAID = {
    means: (value) => t(`means.${value}`),
    level: (value) => level(value),
    to_level: (value) => level(value),
    satisfaction: (value) => t(`desk_satisfaction.${value}`),
    upheld: (value) => t(value ? "desk.upheld" : "desk.not_upheld"),
    into: (value) => `#${value}`,
    category: (value) => desk.categories.nameOf(value),
    days: (value) => t("desk_time.days", { d: value }),
    hours: (value) => t("desk_time.hours", { h: value }),
    reason: (value) => (has(`desk_reason.${value}`) ? t(`desk_reason.${value}`) : value),
    note: (value) => value,
    due_claim_at: when,
    due_at: when,
    said_at: when,
  };

  function lines(event) {
    const detail = event.detail || {};
    const said = Object.keys(SAID).filter((key) => detail[key] !== undefined && detail[key] !== null && detail[key] !== "");
    return said.map((key) => ({ key, label: t(`desk_said.${key}`), text: SAID[key](detail[key]) }));
  }

  const stage = (key) => (key ? t(`stage.${key}`) : "");

  desk.words = { when, span, left, light, what, category, path, place, unit, post, at, person, rule, step, done, level, lines, stage, source: (key) => t(`source.${key}`) };
})();
