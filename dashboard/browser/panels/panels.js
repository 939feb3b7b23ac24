/* A frame becomes the panels: pure functions from the document to components. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const panels = (center.parts = center.parts || {});
  const LEAGUE_ROWS = 17;
  const LEAGUE_KPI = "on_time_closing_rate";
  const MEANS_CHILDREN = 5;
  const NEWEST = 12;

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  const LONG_HEADLINE = { zh: 34, en: 52 }; // letters that fit beside city and clock in one line

  /* The first finding is the sentence; what else there is stands smaller behind it, or below where both are long. */
  panels.headline = function (frame) {
    const { div, span, mark } = center.elements;
    const { t, short } = center.format;
    const { light, parts } = frame.headline;
    const told = parts.map(({ kind, values }) => t(`headline.${kind}`, { ...values, grid: values.grid && short(values.grid) }));
    if (!told.length) return div("sentence", t("headline.all_normal"));
    const lit = ["yellow", "red"].includes(light);
    const long = told.join("").length > LONG_HEADLINE[center.config.language];
    const [first, ...rest] = told;
    const more = rest.length > 0 && span("rest", t("headline.also", { rest: rest.join(t("headline.and")) }));
    return div(`sentence${long ? " long" : ""}`, span(`part${lit ? ` light-${light}` : ""}`, lit && mark(light), first), more);
  };

  /* Today: what came and what was closed, against the usual day so far. */
  function flowToday(frame, key) {
    const { div, span, h } = center.elements;
    const { t, number, change } = center.format;
    const { value, usual } = frame.today[key] || { value: null, usual: null };
    const about = { of: key, name: t(`today.${key}`), count: value, within: frame.within, span: "day" };
    const share = change(value, usual);
    const part = div(
      "figure",
      div("value", center.elements.number(about, number(value))),
      div("label", t(`today.${key}`), share && span("change", share)),
      div("usual", share ? t("today.usual", { n: number(usual) }) : "\u00a0"),
    );
    return h("Div", { "data-testid": `today-${key}` }, part);
  }

  const nothingToday = (frame) => Object.values(frame.today).every((entry) => entry.value === null);

  panels.today = function (frame) {
    const { div, empty } = center.elements;
    return nothingToday(frame) ? empty() : div("today-hero", flowToday(frame, "reported"), flowToday(frame, "closed"));
  };

  /* What stands now. A light's number is the brightest thing in its row also where nobody sees colours; its shape is lit. */
  function standing(frame, key, light) {
    const { div, span, mark } = center.elements;
    const { t, number, change } = center.format;
    const { value, usual } = frame.today[key] || { value: null, usual: null };
    const about = { of: key, name: t(`today.${key}`), count: value, within: frame.within };
    const share = change(value, usual);
    return div(
      `figure${light === "red" && value > 0 ? " worst" : ""}`,
      div("value", light && value > 0 && mark(light), center.elements.number(about, number(value))),
      div("label", t(`today.${key}`), share && span("change", share)),
    );
  }

  panels.now = function (frame) {
    const { div, empty } = center.elements;
    if (nothingToday(frame)) return empty();
    const lights = { overdue: "red", yellow: "yellow" };
    return div("now-row", ["overdue", "yellow", "open", "unlocated"].map((key) => standing(frame, key, lights[key])));
  };

  /* Indicators */
  function fraction(entry, frame) {
    const { number, kpi, t } = center.format;
    const { numerator, denominator, name } = kpi(entry.key);
    const told = (of) => `${name} · ${t(`measure.${of}`)}`;
    const part = (of, count) => center.elements.number({ of, name: told(of), count, within: frame.within }, number(count));
    return [part(numerator, entry.numerator), " / ", part(denominator, entry.denominator)];
  }

  panels.kpis = function (frame) {
    const { div, span, empty } = center.elements;
    const { t, quantity, kpi } = center.format;
    const found = new Map(frame.kpis.map((entry) => [entry.key, entry]));
    const told = center.config.panel_kpis.map((key) => found.get(key)).filter(Boolean);
    if (told.every((entry) => entry.value === null)) return empty();
    return told.map((entry) => {
      const { name, unit, denominator } = kpi(entry.key);
      const known = entry.value !== null;
      const ratio = known && unit === "ratio";
      const about = { of: entry.key, name, count: known ? entry.numerator : null, within: frame.within };
      if (ratio) about.denominator = { of: denominator, count: entry.denominator };
      return div(
        "kpi-row",
        div("what", center.elements.name(name), span("of quiet", ratio && fraction(entry, frame))),
        span("value", center.elements.number(about, quantity(entry.value, unit)), known && span("unit", t(`unit.${unit}`))),
      );
    });
  };

  /* Means */
  function split(counts) {
    const { h } = center.elements;
    const { means } = center.config;
    const total = sum(counts);
    const parts = counts.map((count, i) => h("I", { className: `part ${means[i].key}`, style: { flexGrow: count / total, flexBasis: 0 } }));
    const ticks = means.slice(0, -1).map((_, i) => {
      const at = sum(means.slice(0, i + 1).map((entry) => entry.target));
      return h("I", { className: "tick", style: { left: `${100 * at}%` } });
    });
    return h("Div", { className: "split" }, parts, ticks);
  }

  function meansRow(row, whole) {
    const { row: line, rowName, number, div } = center.elements;
    const { shares, t } = center.format;
    const id = whole ? null : row.id;
    const values = shares(row.counts).map((share, i) => {
      const { key } = center.config.means[i];
      return number({ of: key, name: t(`means.${key}`), count: row.counts[i], within: row.id }, String(share));
    });
    return line(id, `means-row${whole ? " whole" : ""}`, rowName(id, row.name), split(row.counts), div("value", values));
  }

  function deviation(row) {
    const total = sum(row.counts);
    return sum(row.counts.map((count, i) => Math.abs(count / total - center.config.means[i].target)));
  }

  panels.means = function (frame) {
    const { div, empty } = center.elements;
    const [whole, ...children] = frame.means.rows;
    if (!whole || !sum(whole.counts)) return empty();
    const told = children.filter((row) => sum(row.counts) > 0).sort((a, b) => deviation(b) - deviation(a));
    const farthest = told.slice(0, MEANS_CHILDREN).map((row) => meansRow(row, false));
    const heading = told.length > MEANS_CHILDREN && div("sub", center.format.t("means.farthest"));
    return [meansRow(whole, true), heading, ...farthest].filter(Boolean);
  };

  /* Levels: a bar, and under it one column per level, so that a small share keeps its words. */
  panels.levels = function (frame) {
    const { div, span, h, empty } = center.elements;
    const { number, shares, t } = center.format;
    const { counts } = frame.levels;
    const total = sum(counts.map((entry) => entry.count));
    if (!total) return empty();
    const parts = shares(counts.map((entry) => entry.count), 1);
    // Neutral: the ramp is the map's, and the means have colours of their own.
    const shade = (i) => `color-mix(in srgb, var(--text) ${Math.round(88 - (66 * i) / Math.max(1, counts.length - 1))}%, var(--ink))`;
    const bar = counts.map((entry, i) =>
      h("I", { style: { flexGrow: entry.count / total, flexBasis: 0, background: shade(i) } }),
    );
    const columns = counts.map((entry, i) => {
      const key = h("I", { className: "swatch", style: { background: shade(i) } });
      const level = center.grids.levelName(entry.level);
      const of = `closed_level_${entry.level}`;
      const about = { of, name: `${t("levels.title")} · ${level}`, count: entry.count, within: frame.within };
      return div("", span("value", center.elements.number(about, number(parts[i], 1)), "%"), " ", span("label", key, level));
    });
    return [div("levels-bar", bar), div("levels-row", columns)];
  };

  /* League */
  function light(kind, of, row) {
    const { span, mark, number } = center.elements;
    const count = row[kind];
    const about = { of, name: center.format.t(`league.${kind}`), count, within: row.id };
    return count > 0 ? span(`count light-${kind}`, number(about, mark(kind), String(count))) : span("count zero", "·");
  }

  /* The rank, shared ones with a sign of their own; what it is worth, or why there is none, in words. */
  function rank(row) {
    const { h } = center.elements;
    const { t } = center.format;
    if (row.rank === undefined) return h("Span", { className: "rank" }, "");
    const words = row.rank === null
      ? t(`rank.${row.reason}`, { sample: row.denominator, minimum: center.config.minimum_sample })
      : row.rank_best === row.rank_worst ? t("rank.alone", { rank: row.rank }) : t("rank.range", { best: row.rank_best, worst: row.rank_worst });
    return h("Span", { className: "rank", title: words }, row.rank === null ? "·" : `${row.rank}${row.tied ? "=" : ""}`);
  }

  const LISTS = { red: "top", black: "bottom" };
  const SCALE = [0.02, 0.05, 0.1, 0.2, 0.5, 1]; // ends of the axis of what is missing

  /* What is missing to all cases in time, from zero: the worse, the longer. Beyond the axis the bar is open to the right. */
  function missingBar(row, end) {
    const { h } = center.elements;
    const { isNumber } = center.format;
    if (!isNumber(row.rate)) return h("Span", { className: "bar" });
    const at = (rate) => `${(100 * Math.min(end, Math.max(0, 1 - rate))) / end}%`;
    const whisker = isNumber(row.low) && isNumber(row.high)
      && h("B", { style: { left: at(row.high), right: `calc(100% - ${at(row.low)})` } });
    return h("Span", { className: `bar${row.list === "black" ? " behind" : ""}` }, h("I", { style: { width: at(row.rate) } }), whisker);
  }

  function leagueRow(row, end) {
    const { row: line, rowName, number, span, div } = center.elements;
    const { percent, isNumber, kpi } = center.format;
    const { name, denominator } = kpi(LEAGUE_KPI);
    const about = { of: LEAGUE_KPI, name, count: isNumber(row.rate) ? row.numerator : null, within: row.id };
    about.denominator = { of: denominator, count: row.denominator };
    return line(
      row.id,
      "league-row",
      rank(row),
      div("who", rowName(row.id, row.name), row.list && span("list", center.format.t(`league.${LISTS[row.list]}`))),
      span("value", number(about, percent(row.rate))),
      missingBar(row, end),
      light("yellow", "yellow", row),
      light("red", "overdue", row),
    );
  }

  function axis(end) {
    const { div, span } = center.elements;
    const { number } = center.format;
    return div("league-axis", span("from", "0"), span("to", number(100 * end)));
  }

  /* Of too many rows those stay that have a light, then the first and the last; the order stays too. */
  function mostTelling(rows, limit) {
    const lit = (row) => 2 * (row.red > 0) + (row.yellow > 0);
    const outer = (i) => Math.abs(i - (rows.length - 1) / 2);
    const ranked = rows.map((_, i) => i).sort((a, b) => lit(rows[b]) - lit(rows[a]) || outer(b) - outer(a));
    const kept = new Set(ranked.slice(0, limit));
    return rows.filter((_, i) => kept.has(i));
  }

  panels.league = function (frame, view) {
    const { h, empty } = center.elements;
    const { t, isNumber } = center.format;
    const rows = frame.league;
    if (!rows.length && view && view.path.length > view.depth) return h("P", { className: "empty" }, t("league.leaf"));
    if (!rows.length) return empty();
    const most = Math.max(0, ...rows.map((row) => row.rate).filter(isNumber).map((rate) => 1 - rate));
    const end = SCALE.find((one) => one >= most) ?? 1;
    const draw = (part) => [...part.map((row) => leagueRow(row, end)), axis(end)];
    if (rows.length <= LEAGUE_ROWS) return draw(rows);
    const shown = mostTelling(rows, LEAGUE_ROWS - 1);
    return [...draw(shown), h("Div", { className: "league-rest" }, t("league.rest", { n: rows.length - shown.length }))];
  };

  /* Newest */
  function incident(entry, now) {
    const { link, h, span, mark } = center.elements;
    const { t, local, short, when } = center.format;
    const where = short(local(entry.grid)) || t("newest.unlocated");
    const what = local(entry.category) || t("newest.uncategorised");
    const lit = entry.light === "yellow" || entry.light === "red" ? entry.light : null;
    const facts = [t(`source.${entry.source}`), t(`stage.${entry.stage}`), local(entry.title)].filter(Boolean).join(" · ");
    const line = `${where} · ${what}`;
    return link(
      entry.grid_id,
      "incident",
      span("at", when(entry.at, now)),
      h("Span", { className: "name", title: line }, line),
      lit ? span(`light-${lit}`, mark(lit), " ", t(`light.${lit}`)) : span(""),
      h("Span", { className: "detail", title: facts }, facts),
    );
  }

  panels.newest = function (frame) {
    if (!frame.newest.length) return center.elements.empty();
    return frame.newest.slice(0, NEWEST).map((entry) => incident(entry, frame.moment));
  };
})();
