/* Elements of the page, made in one call. */

/** @import { Child } from "../types" */
/**
 * Attributes; `onclick` and the like listen. What is null, undefined or false is left out.
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => unknown)>} Props
 * @typedef {Child | (Child | Child[])[]} Children
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {Element} E
 * @param {E} node
 * @param {Props} props
 * @param {Children[]} children
 * @returns {E}
 */
function filled(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") Object.assign(node, { [name]: value });
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false).map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} props
 * @param {Children[]} children
 */
export const el = (tag, props = {}, ...children) => filled(document.createElement(tag), props, children);
/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Props} props
 * @param {Children[]} children
 */
export const svg = (tag, props = {}, ...children) => filled(document.createElementNS(SVG, tag), props, children);

/**
 * A light's shape; its colour comes with the class, a word stands beside it.
 * @param {string} light
 */
export const mark = (light) => el("i", { class: `mark ${light}`, "aria-hidden": "true" });

/**
 * @param {string} label
 * @param {(event: MouseEvent) => unknown} onclick
 * @param {Props} props
 */
export const button = (label, onclick, props = {}) => el("button", { type: "button", class: "button", onclick, ...props }, label);

/**
 * A button that asks once more before it does what cannot be undone.
 * @param {string} label
 * @param {string} question
 * @param {() => unknown} action
 * @param {Props} props
 */
export function sureButton(label, question, action, props = {}) {
  let asked = false;
  const node = button(label, () => {
    if (asked) return action();
    asked = true;
    node.textContent = question;
    node.classList.add("asked");
    return undefined;
  }, props);
  return node;
}
