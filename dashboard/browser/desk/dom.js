/* Elements that the parts of the desk have in common. */
import * as lib from "../lib/dom.js";

/** @import { Children } from "../lib/dom.js" */

export const { byId, el } = lib;

/**
 * @param {string} className
 * @param {Children[]} children
 */
export const div = (className, ...children) => el("div", { class: className }, ...children);

/**
 * @param {string} className
 * @param {Children[]} children
 */
export const span = (className, ...children) => el("span", { class: className }, ...children);

/**
 * A light's shape; its word stands beside it.
 * @param {string} light
 */
export const mark = (light) => el("i", { class: `mark ${light} light-${light}`, "aria-hidden": "true" });

/**
 * What may be longer than its place keeps its whole text within reach.
 * @param {string} className
 * @param {string} text
 */
export const name = (className, text) => el("span", { class: `name ${className}`, title: text }, text);

/**
 * @param {string | HTMLElement} target or its id
 * @param {Children[]} children
 */
export const fill = (target, ...children) => lib.fill(typeof target === "string" ? byId(target) : target, children);

/** What an element of a list was drawn from. @type {WeakMap<Element, string>} */
const prints = new WeakMap();

/**
 * Children in a new order, each element kept as long as its key lives: focus and selection stay with it.
 * @template T
 * @param {HTMLElement} parent
 * @param {T[]} entries
 * @param {(entry: T) => string | number} keyOf
 * @param {(node: HTMLElement, entry: T) => void} draw
 * @returns {void}
 */
export function keep(parent, entries, keyOf, draw) {
  const old = new Map(Array.from(parent.children, (node) => [node.getAttribute("data-key"), /** @type {HTMLElement} */ (node)]));
  let at = parent.firstElementChild;
  entries.forEach((entry) => {
    const key = String(keyOf(entry));
    const print = JSON.stringify(entry);
    const node = old.get(key) ?? el("div", { "data-key": key });
    old.delete(key);
    if (prints.get(node) !== print) {
      prints.set(node, print);
      draw(node, entry);
    }
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  });
  old.forEach((node) => node.remove());
}
