/* One incident of the list behind a number, and the way to it on the desk. */
import * as grids from "../city/grids.js";
import { local, t } from "../lib/format.js";
import * as moments from "../lib/moment.js";


/**
 * @param {string} className
 * @param {string} text
 */
function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  span.title = text;
  return span;
}

/**
 * A leaf's name says little without its village's.
 * @param {import("../types").CaseRow} row
 */
function place(row) {
  if (!row.grid_id) return t("newest.unlocated");
  return grids.path(row.grid_id).slice(1).slice(-2).map((step) => step.name).join(t("page.path").trim());
}

/** @param {string} kind */
function light(kind) {
  const span = document.createElement("span");
  if (kind === "none") return span;
  span.className = `light light-${kind}`;
  const mark = document.createElement("i");
  mark.className = `mark ${kind}`;
  span.append(mark, " ", t(`light.${kind}`));
  return span;
}

/**
 * @param {import("../types").CaseRow} row
 * @returns {HTMLLIElement}
 */
export function caseLine(row) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/desk?id=${row.id}`;
  link.append(
    part("at", moments.written(row.at).slice(5)),
    part("name", local(row.category) || t("newest.uncategorised")),
    light(row.light),
    part("name detail", [place(row), t(`source.${row.source}`), t(`stage.${row.stage}`)].join(" · ")),
  );
  item.append(link);
  return item;
}
