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

  const empty = () => h("P", { className: "empty" }, center.format.t("page.no_data"));

  center.elements = { h, div, span, mark, link, name, empty };
})();
