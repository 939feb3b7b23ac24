/* Elements, made in one call. What the data say becomes text nodes only, never markup. */

/**
 * What an element holds; what is null, undefined, false or empty is left out.
 * @typedef {string | number | Node | false | null | undefined} Child
 * @typedef {Child | Children[]} Children
 */
/**
 * Attributes. Functions listen to the event that they are named for (`onclick`), an object sets styles; what is null, undefined or
 * false is left out.
 * @typedef {string | number | boolean | null | undefined | ((event: any) => unknown) | Record<string, string>} Attribute
 * @typedef {Record<string, Attribute>} Attributes
 */

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled"]);

/** @type {(child: Children) => (string | Node)[]} */
function nodesOf(child) {
  if (Array.isArray(child)) return child.flatMap(nodesOf);
  if (child instanceof Node) return [child];
  return child === null || child === undefined || child === false || child === "" ? [] : [String(child)];
}

/**
 * @template {HTMLElement | SVGElement} E
 * @param {E} node
 * @param {Attributes} attributes
 * @param {Children[]} children
 * @returns {E}
 */
function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (typeof value === "object") Object.entries(value).forEach(([key, one]) => node.style.setProperty(key, one));
    else if (PROPERTIES.has(name)) Object.assign(node, { [name]: value });
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...nodesOf(children));
  return node;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} attributes
 * @param {Children[]} children
 */
export const el = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} attributes
 * @param {Children[]} children
 */
export const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

/**
 * What an element holds, anew.
 * @template {Element} E
 * @param {E} node
 * @param {Children[]} children
 * @returns {E}
 */
export function fill(node, ...children) {
  node.replaceChildren(...nodesOf(children));
  return node;
}

/** @param {string} id of an element that the page has */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
