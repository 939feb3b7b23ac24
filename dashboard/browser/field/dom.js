/* Elements that the views of the phone page have in common. */
import { el } from "../lib/dom.js";

/** @import { Attributes } from "../lib/dom.js" */

/**
 * A light's shape; its colour comes with the class, a word stands beside it.
 * @param {string} light
 */
export const mark = (light) => el("i", { class: `mark ${light}`, "aria-hidden": "true" });

/**
 * @param {string} label
 * @param {(event: MouseEvent) => unknown} onclick
 * @param {Attributes} attributes
 */
export const button = (label, onclick, attributes = {}) => el("button", { type: "button", class: "button", onclick, ...attributes }, label);

/**
 * A button that asks once more before it does what cannot be undone.
 * @param {string} label
 * @param {string} question
 * @param {() => unknown} action
 * @param {Attributes} attributes
 */
export function sureButton(label, question, action, attributes = {}) {
  let asked = false;
  const node = button(label, () => {
    if (asked) return action();
    asked = true;
    node.textContent = question;
    node.classList.add("asked");
    return undefined;
  }, attributes);
  return node;
}
