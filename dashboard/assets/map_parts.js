/* Round the map: where we are, what can be chosen, what the colours mean. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const clientside = (dash.gridCenter = dash.gridCenter || {});

  clientside.breadcrumb = function (view) {
    const { h, span } = center.elements;
    const { t, number } = center.format;
    const last = view.path.length - 1;
    const crumbs = view.path.flatMap((step, i) => {
      const here = i === last;
      const crumb = here
        ? h("Span", { className: "crumb", "aria-current": "page" }, step.name)
        : h("Button", { className: "crumb", "data-go": step.id || "" }, step.name);
      return i ? [span("step", "／"), crumb] : [crumb];
    });
    const below = view.below.map((entry) =>
      t("map.counts", { n: number(entry.count), level: center.grids.levelName(entry.level) }),
    );
    return [...crumbs, span("counts", below.join(" · "))];
  };

  clientside.levelChooser = function (view) {
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

  clientside.kpiChooser = function (view) {
    const { h, div } = center.elements;
    const { t } = center.format;
    const choices = center.config.kpis.map((kpi) =>
      h("Button", { "data-kpi": kpi.key, "aria-pressed": String(kpi.key === view.kpi) }, t(`kpi.${kpi.key}`)),
    );
    return h("Details", {}, h("Summary", { "aria-label": t("map.kpi") }, t(`kpi.${view.kpi}`)), div("menu-list", choices));
  };

  function classes(view) {
    const { h, span, div } = center.elements;
    const { t, quantity } = center.format;
    const unit = (center.config.kpis.find((kpi) => kpi.key === view.kpi) || {}).unit;
    const scale = center.map.scale(view.map);
    if (!scale.colours.length) return [span("", t("page.no_data"))];
    const steps = scale.colours.map((colour, i) =>
      h("Div", { className: "class" }, span("", scale.from[i] === null ? "\u00a0" : quantity(scale.from[i], unit)), h("I", { style: { background: colour } })),
    );
    return [span("unit", t(`kpi.${view.kpi}`), " ", t(`unit.${unit}`)), ...steps, div("class none", span("", ""))];
  }

  clientside.legend = function (view) {
    const { div, span, mark } = center.elements;
    const { t } = center.format;
    const marks = ["yellow", "red"].map((kind) => span("", mark(kind), t(`map.${kind}`)));
    marks.push(span("", mark("new"), t("map.new")));
    return [div("classes", view.map ? classes(view) : span("", t("page.loading"))), div("marks", marks)];
  };
})();
