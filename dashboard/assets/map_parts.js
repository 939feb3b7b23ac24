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
      t("legend.counts", { n: number(entry.count), level: center.grids.levelName(entry.level) }),
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
    const { name, unit } = kpi(view.kpi);
    if (!view.map.known) return span("", t("page.no_data"));
    const { breaks } = view.map;
    const steps = center.map.colours(Math.max(1, breaks.length - 1)).map((colour, i) =>
      h("Div", { className: "class" }, span("", quantity(breaks[i], unit)), h("I", { style: { background: colour } })),
    );
    const end = h("Div", { className: "class end" }, span("", quantity(breaks[breaks.length - 1], unit)));
    return [span("unit", name, ["ratio", "hours"].includes(unit) && [" ", t(`unit.${unit}`)]), ...steps, end];
  }

  clientside.legend = function (view) {
    const { div, span, mark } = center.elements;
    const { t } = center.format;
    const marks = ["yellow", "red"].map((kind) => span("", mark(kind), t(`legend.${kind}`)));
    marks.push(span("", mark("new"), t("legend.new")));
    return [div("classes", view.map ? classes(view) : span("", t("page.loading"))), div("marks", marks)];
  };
})();
