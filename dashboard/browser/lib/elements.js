/* Components as plain documents, which paint.js lays onto the page. */
import { isNumber, local, short, t } from "./format.js";

/** @typedef {import("../types").Doc} Doc */
/** @typedef {import("../types").Children} Children */

/**
 * @param {string} type
 * @param {Record<string, any>} props
 * @param {Children[]} children
 * @returns {Doc}
 */
export const h = (type, props, ...children) => ({
  type,
  props: { ...props, children: children.flat().filter((child) => child !== null && child !== undefined && child !== false) },
});

/**
 * @param {string} className
 * @param {Children[]} children
 * @returns {Doc}
 */
export const div = (className, ...children) => h("Div", { className }, ...children);

/**
 * @param {string} className
 * @param {Children[]} children
 * @returns {Doc}
 */
export const span = (className, ...children) => h("Span", { className }, ...children);

/**
 * A light's shape; its colour comes with the class, its word or number must stand beside it.
 * @param {string} light
 * @returns {Doc}
 */
export const mark = (light) => h("I", { className: `mark ${light} light-${light}`, "aria-hidden": "true" });

/**
 * Something that leads to a grid; see view.js for the click.
 * @param {string | null} id
 * @param {string} className
 * @param {Children[]} children
 * @returns {Doc}
 */
export const link = (id, className, ...children) =>
  id ? h("Button", { className, "data-go": id }, ...children) : h("Div", { className }, ...children);

/**
 * A name that may be longer than its place keeps its whole text within reach.
 * @param {string} text
 * @returns {Doc}
 */
export const name = (text) => h("Span", { className: "name", title: text }, text);

/**
 * A row that leads to a grid, with numbers in it that lead elsewhere: its name is what keys can press.
 * @param {string | null} id
 * @param {string} className
 * @param {Children[]} children
 * @returns {Doc}
 */
export const row = (id, className, ...children) => h("Div", id ? { className, "data-go": id } : { className }, ...children);

/**
 * @param {string | null} id
 * @param {import("../types").Name} said
 * @returns {Doc}
 */
export function rowName(id, said) {
  const title = local(said);
  const text = short(said);
  return id ? h("Button", { className: "name", title, "data-go": id }, text) : h("Span", { className: "name", title }, text);
}

/** @returns {Doc} */
export const empty = () => h("P", { className: "empty" }, t("page.no_data"));

/**
 * A number that opens the list of the incidents behind it; see cases.js. Without a count there is no list.
 * @param {import("../types").About} about
 * @param {Children[]} children
 * @returns {Doc}
 */
export function number({ of, name: called, count, within = null, unit = null, span: reach = null, denominator = null }, ...children) {
  if (!isNumber(count)) return span("", ...children);
  /** @type {Record<string, string>} */
  const about = { "data-cases": of, "data-name": called, "data-count": String(count), "data-within": within ?? "" };
  if (reach) about["data-span"] = reach;
  if (unit !== null) about["data-unit"] = unit;
  if (denominator) {
    about["data-denominator"] = denominator.of;
    about["data-denominator-count"] = String(denominator.count);
  }
  return h("Button", { ...about, title: t("cases.open", { n: count }) }, ...children);
}
