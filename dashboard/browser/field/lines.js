/* What lists and details say alike of an incident: its light, its clock, its steps. */

import { lightOf, now } from "./clock.js";
import { el } from "../lib/dom.js";
import { mark } from "./dom.js";
import { known, local, span, t, when } from "./words.js";

/** @import { Problem, Row } from "./types" */

/** @param {Row} row */
export const titleOf = (row) => row.title || local(row.category);
/** @param {Row} row */
export const gridName = (row) => (row.grid || row.area)?.name ?? (row.address || t("field.unlocated"));
/** @param {string} stage */
export const stageName = (stage) => t(`stage.${stage}`);
/**
 * A step as something to do.
 * @param {string} kind
 */
export const toDo = (kind) => t(`desk_step.${kind}`);
/**
 * A step as something done.
 * @param {string} kind
 */
export const done = (kind) => t(`desk_done.${kind}`);

/**
 * Light and time left, counted now and not when the list was fetched.
 * @param {Row} row
 */
export function clockLine(row) {
  if (row.suspended && !row.clock) return el("span", { class: "clock" }, t("field.suspended"));
  if (!row.clock) return null;
  const light = lightOf(row, now());
  const left_s = (Date.parse(row.clock.due) - now()) / 1000;
  const key = light === "red" ? "field.overdue" : `field.left_${row.clock.kind}`;
  const text = t(known(key) ? key : "field.left", { span: span(Math.abs(left_s)), due: when(row.clock.due) });
  return el("span", { class: `clock light-${light}` }, light !== "none" && mark(light), text);
}

/**
 * Why something was refused, in words; the server's own sentence behind it where it says more.
 * @param {Problem} problem
 * @param {boolean} reported whether it is a report, not a step
 */
export function problemText(problem, reported = false) {
  // A report across the border arrives, but what lies there is not for us to see or to handle.
  const code = reported && problem.code === "incident_unknown" ? "not_yours" : problem.code;
  const key = `field.problem_${code}`;
  if (known(key)) return t(key, problem.values);
  const { values } = problem;
  const reason = `field.photo_${values.reason}`;
  if (problem.code === "photo_invalid" && known(reason)) return t(reason);
  const field = known(`field.field_${values.field}`) ? t("field.problem_field", { field: t(`field.field_${values.field}`) }) : "";
  return `${known(`error.${problem.code}`) ? t(`error.${problem.code}`) : problem.message}${field}`;
}
