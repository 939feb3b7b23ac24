/* Documents of components onto the page. Dash's own renderer asks every component of the page at every change, which takes
   most of a second for a frame, and keeps every frame for an undo that no page of ours has. What is the same stays: focus,
   a menu that is open, what is selected. */

/** @typedef {import("../types").Doc} Doc */
/** @typedef {import("../types").Children} Children */

/** @type {Record<string, string>} */
const NAMES = { className: "class" };
/** @type {WeakMap<HTMLElement, string>} */
const styles = new WeakMap(); // element -> the style it was given

/** @type {(value: unknown) => boolean} */
const absent = (value) => value === null || value === undefined || value === false;
/** @type {(children: any) => (Doc | string | number)[]} */
const listed = (children) => [children].flat(Infinity).filter((child) => !absent(child) && child !== true && child !== "");
/** @type {(doc: unknown) => doc is string | number} */
const isText = (doc) => typeof doc === "string" || typeof doc === "number";

/** @type {(node: Element, name: string, value: string) => void} */
function attribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/**
 * @param {HTMLElement} node
 * @param {Record<string, any>} props
 */
function dress(node, props) {
  const wanted = new Set();
  Object.entries(props).forEach(([given, value]) => {
    if (given === "children" || given === "style" || absent(value)) return;
    const name = NAMES[given] ?? given;
    wanted.add(name);
    attribute(node, name, value === true ? "" : String(value));
  });
  // What is open was opened by the viewer.
  [...node.attributes].forEach(({ name }) => {
    if (!wanted.has(name) && name !== "style" && name !== "open") node.removeAttribute(name);
  });
  const style = props.style ? JSON.stringify(props.style) : "";
  if ((styles.get(node) ?? "") === style) return;
  node.removeAttribute("style");
  Object.assign(node.style, props.style);
  styles.set(node, style);
}

/**
 * @param {Doc | string | number} doc
 * @returns {Node}
 */
function made(doc) {
  if (isText(doc)) return document.createTextNode(String(doc));
  const node = document.createElement(doc.type);
  dress(node, doc.props);
  node.append(...listed(doc.props.children).map(made));
  return node;
}

/**
 * @param {Node} node
 * @param {Doc | string | number} doc
 */
function fits(node, doc) {
  if (isText(doc)) return node.nodeType === Node.TEXT_NODE;
  return node.nodeType === Node.ELEMENT_NODE && /** @type {Element} */ (node).localName === doc.type.toLowerCase();
}

/**
 * @param {ChildNode} node one that fits
 * @param {Doc | string | number} doc
 */
function change(node, doc) {
  if (!isText(doc)) {
    dress(/** @type {HTMLElement} */ (node), doc.props);
    fill(/** @type {HTMLElement} */ (node), doc.props.children);
  } else if (node.nodeValue !== String(doc)) {
    node.nodeValue = String(doc);
  }
}

/**
 * Give an element these children, by changing those it has.
 * @param {Element} node
 * @param {Children} children
 * @returns {void}
 */
export function fill(node, children) {
  const docs = listed(children);
  docs.forEach((doc, i) => {
    const found = node.childNodes[i];
    if (!found) node.append(made(doc));
    else if (fits(found, doc)) change(found, doc);
    else found.replaceWith(made(doc));
  });
  while (node.childNodes.length > docs.length) node.lastChild?.remove();
}
