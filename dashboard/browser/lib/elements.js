/* Dash components as plain documents, for clientside callbacks. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});

  const h = (type, props, ...children) => ({
    namespace: "dash_html_components",
    type,
    props: { ...props, children: children.flat().filter((child) => child !== null && child !== undefined && child !== false) },
  });

  const div = (className, ...children) => h("Div", { className }, ...children);
  const span = (className, ...children) => h("Span", { className }, ...children);

  /* A light's shape; its colour comes with the class, its word or number must stand beside it. */
  const mark = (light) => h("I", { className: `mark ${light} light-${light}`, "aria-hidden": "true" });

  /* Something that leads to a grid; see view.js for the click. */
  const link = (id, className, ...children) =>
    id ? h("Button", { className, "data-go": id }, ...children) : h("Div", { className }, ...children);

  /* A name that may be longer than its place keeps its whole text within reach. */
  const name = (text) => h("Span", { className: "name", title: text }, text);

  /* A row that leads to a grid, with numbers in it that lead elsewhere: its name is what keys can press. */
  const row = (id, className, ...children) => h("Div", id ? { className, "data-go": id } : { className }, ...children);

  function rowName(id, said) {
    const title = center.format.local(said);
    const text = center.format.short(said);
    return id ? h("Button", { className: "name", title, "data-go": id }, text) : h("Span", { className: "name", title }, text);
  }

  const empty = () => h("P", { className: "empty" }, center.format.t("page.no_data"));

  /* A number that opens the list of the incidents behind it; see cases.js. Without a count there is no list. */
  function number({ of, name, count, within = null, unit = null, span: reach = null, denominator = null }, ...children) {
    if (!center.format.isNumber(count)) return span("", ...children);
    const about = { "data-cases": of, "data-name": name, "data-count": String(count), "data-within": within ?? "" };
    if (reach) about["data-span"] = reach;
    if (unit !== null) about["data-unit"] = unit;
    if (denominator) {
      about["data-denominator"] = denominator.of;
      about["data-denominator-count"] = String(denominator.count);
    }
    return h("Button", { ...about, title: center.format.t("cases.open", { n: count }) }, ...children);
  }

  center.elements = { h, div, span, mark, link, name, row, rowName, number, empty };
})();
