/* One incident of the list behind a number, and the way to it on the desk. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});

  function part(className, text) {
    const span = document.createElement("span");
    span.className = className;
    span.textContent = text;
    span.title = text;
    return span;
  }

  /* A leaf's name says little without its village's. */
  function place(row) {
    if (!row.grid_id) return center.format.t("newest.unlocated");
    return center.grids.path(row.grid_id).slice(1).slice(-2).map((step) => center.format.local(step.name)).join(center.format.t("page.path").trim());
  }

  function light(kind) {
    const span = document.createElement("span");
    if (kind === "none") return span;
    span.className = `light light-${kind}`;
    const mark = document.createElement("i");
    mark.className = `mark ${kind}`;
    span.append(mark, " ", center.format.t(`light.${kind}`));
    return span;
  }

  center.caseLine = function (row) {
    const { t, local } = center.format;
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `/desk?id=${row.id}`;
    link.append(
      part("at", center.moment.written(row.at).slice(5)),
      part("name", local(row.category) || t("newest.uncategorised")),
      light(row.light),
      part("name detail", [place(row), t(`source.${row.source}`), t(`stage.${row.stage}`)].join(" · ")),
    );
    item.append(link);
    return item;
  };
})();
