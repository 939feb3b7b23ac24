/* Elements out of plain words. What the server says becomes text nodes only, never markup. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});

  function set(node, name, value) {
    if (value === null || value === undefined || value === false) return;
    if (name === "on") Object.entries(value).forEach(([event, act]) => node.addEventListener(event, act));
    else if (name === "style") Object.entries(value).forEach(([key, one]) => node.style.setProperty(key, one));
    else if (name === "class") node.className = value;
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }

  const told = (child) => child !== null && child !== undefined && child !== false && child !== "";

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => set(node, name, value));
    node.append(...children.flat(Infinity).filter(told).map((child) => (child instanceof Node ? child : String(child))));
    return node;
  }

  const div = (className, ...children) => el("div", { class: className }, ...children);
  const span = (className, ...children) => el("span", { class: className }, ...children);
  const byId = (id) => document.getElementById(id);

  /* A light's shape; its word stands beside it. */
  const mark = (light) => el("i", { class: `mark ${light} light-${light}`, "aria-hidden": "true" });

  /* What may be longer than its place keeps its whole text within reach. */
  const name = (className, text) => el("span", { class: `name ${className}`, title: text }, text);

  function fill(target, ...children) {
    const node = typeof target === "string" ? byId(target) : target;
    node.replaceChildren(...children.flat(Infinity).filter(told));
    return node;
  }

  /* Children in a new order, each element kept as long as its key lives: focus and selection stay with it. */
  function keep(parent, entries, keyOf, draw) {
    const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
    let at = parent.firstElementChild;
    entries.forEach((entry) => {
      const key = String(keyOf(entry));
      const before = old.get(key);
      const print = JSON.stringify(entry);
      const node = before || el("div", { "data-key": key });
      old.delete(key);
      if (node.print !== print) {
        node.print = print;
        draw(node, entry);
      }
      if (node === at) at = at.nextElementSibling;
      else parent.insertBefore(node, at);
    });
    old.forEach((node) => node.remove());
  }

  desk.dom = { el, div, span, byId, mark, name, fill, keep };
})();
