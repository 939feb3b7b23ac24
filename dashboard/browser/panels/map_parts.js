/* Round the map: where we are, what can be chosen, what the colours mean. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const parts = (center.parts = center.parts || {});

  parts.breadcrumb = function (view) {
    const { h, span } = center.elements;
    const { t, number } = center.format;
    const last = view.path.length - 1;
    const crumbs = view.path.flatMap((step, i) => {
      const here = i === last;
      const crumb = here
        ? h("Span", { className: "crumb", "aria-current": "page" }, step.name)
        : h("Button", { className: "crumb", "data-go": step.id || "" }, step.name);
      return i ? [span("step", t("page.path").trim()), crumb] : [crumb];
    });
    const below = view.below.map((entry) =>
      t("legend.counts", { n: number(entry.count), level: center.grids.levelName(entry.level) }),
    );
    return [...crumbs, span("counts", below.join(" · "))];
  };

  parts.levelChooser = function (view) {
    const { h } = center.elements;
    const lowest = view.path.length;
    return Array.from({ length: view.depth }, (_, i) => i + 1).map((level) =>
      h(
        "Button",
        {
          "data-level": String(level),
          "aria-pressed": String(level === view.level),
          disabled: level < lowest && level !== view.level,
        },
        center.grids.levelName(level),
      ),
    );
  };

  parts.kpiChooser = function (view) {
    const { h, div } = center.elements;
    const { t, kpi } = center.format;
    const choices = center.config.kpis
      .filter((entry) => entry.colours_map)
      .map((entry) => h("Button", { "data-kpi": entry.key, "aria-pressed": String(entry.key === view.kpi) }, entry.name));
    const chosen = h("Summary", { title: t("legend.kpi") }, kpi(view.kpi).name);
    return h("Details", {}, chosen, div("menu-list", choices));
  };

  function classes(view) {
    const { h, span } = center.elements;
    const { t, quantity, kpi } = center.format;
    const { name, unit, judges } = kpi(view.kpi);
    if (!view.map.known) return span("", t("page.no_data"));
    const { breaks } = view.map;
    const steps = center.map.coloursFor(view.kpi, Math.max(1, breaks.length - 1)).map((colour, i) =>
      h("Div", { className: "class" }, span("", quantity(breaks[i], unit)), h("I", { style: { background: colour } })),
    );
    const end = h("Div", { className: "class end" }, span("", quantity(breaks[breaks.length - 1], unit)));
    const direction = t(`legend.${center.config.theme === "light" ? "dark" : "bright"}_${judges ? "bad" : "many"}`);
    const title = span("unit", name, ["ratio", "hours"].includes(unit) && [" ", t(`unit.${unit}`)], span("direction", direction));
    return [title, ...steps, end];
  }

  /* What a layer says in place of the KPI's classes: in the colours the map has, from the same document. */
  function groundClasses({ key, paint, document, failed }) {
    const { h, span } = center.elements;
    const { t, number } = center.format;
    const layer = t(`layers.${key}`);
    if (!document) return [span("", t(failed ? "layers.failed" : "layers.loading", { layer }))];
    const title = span("unit", t(`layers.unit_${key}`, { days: document.days }));
    const { breaks } = document;
    if (!breaks.length) return [title, span("", t("page.no_data"))];
    const block = (text, background, kind) =>
      h("Div", { className: `class ${kind}` }, span("", text), h("I", { style: { background } }));
    if (paint === "heat") {
      const ramp = `linear-gradient(to right, ${center.config.palette.ramp.join(", ")})`;
      return [title, block("0", ramp, "wide"), h("Div", { className: "class end" }, span("", `≥ ${number(center.layersDrawn.full(breaks))}`))];
    }
    const colours = center.map.colours(Math.max(1, breaks.length - 1));
    const steps = colours.map((colour, i) => block(number(breaks[i]), colour, ""));
    return [title, ...steps, h("Div", { className: "class end" }, span("", number(breaks[breaks.length - 1])))];
  }

  /* Of tracks: how far back they go; or that those of this moment are kept no more. */
  function reach({ moment, minutes, kept_days: days }) {
    if (!minutes) return "";
    const { t } = center.format;
    const gone = Date.now() - new Date(moment) > 86400e3 * days;
    return ` · ${gone ? t("layers.kept", { days }) : t("layers.minutes", { minutes })}`;
  }

  /* What lies over the ground: how many, and of when where that is not the moment of the page. */
  function overMark({ key, ofMoment, document, failed }) {
    const { span, mark } = center.elements;
    const { t, number } = center.format;
    const layer = t(`layers.${key}`);
    if (!document) return span("", t(failed ? "layers.failed" : "layers.loading", { layer }));
    const count = number((document.outlines ?? document.marks ?? document.tracks).length);
    const today = !ofMoment && center.timeMachine.isPast() ? ` · ${t("layers.today")}` : "";
    return span("", mark(key), `${layer} ${count}${today}${reach(document)}`);
  }

  parts.legend = function (view) {
    const { div, span, mark } = center.elements;
    const { t } = center.format;
    const layers = center.layers.told();
    const ground = layers.find(({ place }) => place === "ground");
    const marks = layers.filter(({ place }) => place === "over").map(overMark);
    marks.push(...["yellow", "red"].map((kind) => span("", mark(kind), t(`legend.${kind}`))));
    marks.push(span("", mark("new"), t("legend.new")));
    const own = () => (view.map ? classes(view) : span("", t("page.loading")));
    return [div("classes", ground ? groundClasses(ground) : own()), div("marks", marks)];
  };
})();
