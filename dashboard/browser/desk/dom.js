/* Elements out of plain words. What the server says becomes text nodes only, never markup. */

/** @typedef {string | number | Node | false | null | undefined} Child */
/** @typedef {Child | Nested[]} Nested */
/**
 * Attributes, what listens (`on`) and styles; what is null, undefined or false is left out.
 * @typedef {{ on?: Record<string, (event: any) => unknown>, style?: Record<string, string> }} Special
 * @typedef {Special & { [name: string]: unknown }} Attributes
 */

/**
 * @param {HTMLElement} node
 * @param {string} name
 * @param {unknown} value
 */
function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") node.className = String(value);
  else if (name === "value" || name === "checked") Object.assign(node, { [name]: value });
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** @param {Child} child */
const says = (child) => child !== null && child !== undefined && child !== false && child !== "";

/**
 * @param {Nested[]} children
 * @returns {(string | Node)[]}
 */
const nodes = (children) =>
  children.flatMap((child) => (Array.isArray(child) ? nodes(child) : child instanceof Node ? child : says(child) ? String(child) : []));

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} attributes
 * @param {Nested[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, { on = {}, style = {}, ...attributes }, ...children) {
  const node = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => set(node, name, value));
  Object.entries(on).forEach(([event, act]) => node.addEventListener(event, act));
  Object.entries(style).forEach(([key, value]) => node.style.setProperty(key, value));
  node.append(...nodes(children));
  return node;
}

/**
 * @param {string} className
 * @param {Nested[]} children
 */
export const div = (className, ...children) => el("div", { class: className }, ...children);

/**
 * @param {string} className
 * @param {Nested[]} children
 */
export const span = (className, ...children) => el("span", { class: className }, ...children);

/** @param {string} id of an element that the page has */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

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
 * @param {Nested[]} children
 */
export function fill(target, ...children) {
  const node = typeof target === "string" ? byId(target) : target;
  node.replaceChildren(...nodes(children));
  return node;
}

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
