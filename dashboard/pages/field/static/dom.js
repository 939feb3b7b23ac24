/* Elements of the page, made in one call. */

const SVG = "http://www.w3.org/2000/svg";

function filled(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const el = (tag, props = {}, ...children) => filled(document.createElement(tag), props, children);
export const svg = (tag, props = {}, ...children) => filled(document.createElementNS(SVG, tag), props, children);

/* A light's shape; its colour comes with the class, a word stands beside it. */
export const mark = (light) => el("i", { class: `mark ${light}`, "aria-hidden": "true" });

export const button = (label, onclick, props = {}) => el("button", { type: "button", class: "button", onclick, ...props }, label);

/* A button that asks once more before it does what cannot be undone. */
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
