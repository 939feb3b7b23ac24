/* A link from one incident to another. */
import { above } from "./above.js";
import { el } from "./dom.js";

/**
 * @param {{ id: number }} one
 * @returns {HTMLElement}
 */
export function link(one) {
  return el("a", { href: `/desk?id=${one.id}`, class: "incident-link number", onclick: (event) => follow(event, one.id) }, `#${one.id}`);
}

/**
 * A click stays on the desk; with a key held, the browser opens a window of its own.
 * @param {MouseEvent} event
 * @param {number} id
 */
function follow(event, id) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  above.openIncident(id, { focus: true, step: true });
}
