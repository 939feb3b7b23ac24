/* What is under the pointer, in words. */
import * as grids from "../city/grids.js";
import { kpi, quantity, t } from "../lib/format.js";
import * as view from "../view/view.js";

/** @typedef {{ grid: import("../types").Grid | null, value: number | null }} Hovered */
/** @typedef {import("../types").Found} Found */

/**
 * @param {string} text
 * @param {string} [className]
 */
function line(text, className = "") {
  const made = document.createElement("div");
  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * The number of a grid, or what the layer says that took the place of its colour.
 * @param {Hovered} hovered
 * @param {Found} found
 */
function numberOf(hovered, found) {
  if (found.replaced) return found.text;
  const { unit } = kpi(view.current().kpi);
  return hovered.value === null || hovered.value === undefined ? t("page.no_data") : [quantity(hovered.value, unit), t(`unit.${unit}`)].join(" ");
}

/**
 * @param {Hovered | null} hovered
 * @param {Found} found
 */
function linesOf(hovered, found) {
  const { mark } = found;
  const lines = mark ? [line(mark.name, "value"), line(mark.code)] : [];
  if (!hovered?.grid) return lines;
  lines.push(line(grids.path(hovered.grid.id).slice(1).map((step) => step.name).join(t("page.path"))));
  const number = mark ? null : numberOf(hovered, found);
  return number ? [...lines, line(number, "value")] : lines;
}

/**
 * A mark; the grid, its way down from the city, and its number.
 * @param {Hovered | null} hovered
 * @param {Found} [found]
 * @param {MouseEvent} [event]
 * @returns {void}
 */
export function tip(hovered, found, event) {
  const box = document.getElementById("map-tip");
  if (!box?.parentElement) return;
  const lines = found && event ? linesOf(hovered, found) : [];
  if (!event || !lines.length) {
    box.style.display = "none";
    return;
  }
  box.replaceChildren(...lines);
  box.style.display = "block";
  const area = box.parentElement.getBoundingClientRect();
  const left = Math.min(event.clientX - area.left + 16, area.width - box.offsetWidth);
  const top = event.clientY - area.top + 20;
  box.style.left = `${Math.max(0, left)}px`;
  box.style.top = `${top + box.offsetHeight > area.height ? top - box.offsetHeight - 36 : top}px`;
}
