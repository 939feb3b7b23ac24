/* Places by name: the grids at a position, and a grid chosen by its name or code instead of a position. */
import * as grids from "../city/grids.js";
import { local, number, t } from "../lib/format.js";
import { div, el, fill } from "./dom.js";
import { complain } from "./say.js";
import * as server from "./server.js";

/** @import { Field, Grid } from "./types" */
/** @typedef {{ key: string, lon: number, lat: number, tell: (names: string) => unknown }} Question */

const SHOWN = 8;
const KEPT = 200;
/** @param {string} text */
const fold = (text) => text.normalize("NFKC").toLowerCase();

/**
 * The names from the coarsest grid to the leaf; said as being outside where there is no grid.
 * @param {Pick<Grid, "name">[]} path
 */
const namesOf = (path) => (path.length ? path.map((grid) => local(grid.name)).join(t("page.path")) : t("desk.outside"));
/**
 * @param {{ id: string }} grid
 * @returns {string}
 */
export const pathOf = (grid) => namesOf(grids.path(grid.id).slice(1));

/** @type {Map<string, string>} */
const known = new Map();
/** Who asks -> the last position asked for. @type {Map<string, Question>} */
const waiting = new Map();
let asking = false;

/**
 * The names at a position go to `tell`, now or when the server has answered; of each asker only the last question counts.
 * @param {string} who
 * @param {number} lon
 * @param {number} lat
 * @param {(names: string) => unknown} tell
 * @returns {void}
 */
export function at(who, lon, lat, tell) {
  const key = `${lon.toFixed(5)},${lat.toFixed(5)}`;
  waiting.delete(who);
  const heard = known.get(key);
  if (heard !== undefined) return void tell(heard);
  waiting.set(who, { key, lon, lat, tell });
  if (!asking) ask();
}

async function ask() {
  asking = true;
  for (let next = waiting.entries().next(); !next.done; next = waiting.entries().next()) {
    const [who, { key, lon, lat, tell }] = next.value;
    waiting.delete(who);
    try {
      const names = known.get(key) ?? namesOf((await server.get("grids/at", { lon, lat })).grids);
      if (known.size > KEPT) known.clear();
      known.set(key, names);
      if (!waiting.has(who)) tell(names);
    } catch (error) {
      complain(error);
    }
  }
  asking = false;
}

/**
 * Grids whose path has every word, or whose code begins with the text; the finest level last in its path.
 * @param {string} typed
 * @returns {Grid[]}
 */
export function find(typed) {
  const words = fold(typed).split(/[\s/／·,，、]+/).filter(Boolean);
  if (!words.length) return [];
  /** @type {{ grid: Grid, rank: number }[]} */
  const found = [];
  for (let level = 1; level <= grids.depth(); level += 1) {
    for (const grid of grids.ofLevel(level)) {
      const name = fold(local(grid.name));
      const code = fold(grid.code);
      const path = fold(pathOf(grid));
      const byCode = words.length === 1 && (code.startsWith(words[0]) || fold(grid.id) === words[0]);
      const byName = words.every((word) => path.includes(word)) && words.some((word) => name.includes(word));
      if (byCode || byName) found.push({ grid, rank: rankOf(words, name, code, byCode) });
    }
  }
  return found.sort((a, b) => a.rank - b.rank || a.grid.level - b.grid.level || a.grid.lo - b.grid.lo).map(({ grid }) => grid);
}

/**
 * @param {string[]} words
 * @param {string} name
 * @param {string} code
 * @param {boolean} byCode
 */
function rankOf(words, name, code, byCode) {
  const text = words.join("");
  if (code === text || name === text) return 0;
  if (byCode) return 1;
  return name.startsWith(words[words.length - 1]) ? 2 : 3;
}

/**
 * A box to type in, and the grids it may mean. Its value is the id of the grid that was chosen.
 * @param {{ onChoose: (grid: Grid) => void }} follows
 * @returns {Field}
 */
export function field({ onChoose }) {
  /** @type {string | null} */
  let chosen = null;
  /** @type {Grid[]} */
  let found = [];
  let at = -1;
  const list = el("ul", { class: "grid-choices", role: "listbox", id: "grid-choices", "aria-label": t("desk_said.grid_code"), hidden: true });
  const rest = el("p", { class: "quiet grid-rest" });
  /** @type {HTMLInputElement} */
  const input = el("input", {
    type: "text", class: "input", autocomplete: "off", role: "combobox", "aria-expanded": "false", "aria-controls": "grid-choices",
    "aria-autocomplete": "list", id: "field-grid-code", maxlength: 200, oninput: look, onkeydown: press, onblur: settle,
  });

  function show() {
    const open = found.length > 0;
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    fill(list, found.slice(0, SHOWN).map((grid, i) => el(
      "li",
      { role: "option", id: `grid-choice-${i}`, "aria-selected": String(i === at), onmousedown: (/** @type {Event} */ event) => { event.preventDefault(); choose(grid); } },
      el("span", {}, pathOf(grid)), " ", el("span", { class: "quiet number" }, grid.code),
    )));
    if (at >= 0) input.setAttribute("aria-activedescendant", `grid-choice-${at}`);
    else input.removeAttribute("aria-activedescendant");
    rest.textContent = found.length > SHOWN ? t("desk.grids_more", { n: number(found.length), shown: SHOWN }) : "";
  }

  function look() {
    chosen = null;
    found = find(input.value);
    at = found.length ? 0 : -1;
    show();
    if (input.value.trim() && !found.length) rest.textContent = t("desk.no_such_grid", { text: input.value.trim() });
  }

  /** @param {Grid} grid */
  function choose(grid) {
    write(grid.id);
    onChoose(grid);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /* Left with a text that means one grid only: that grid. */
  function settle() {
    const typed = fold(input.value.trim());
    const exact = found.filter((grid) => [grid.code, grid.id, local(grid.name)].some((text) => fold(text) === typed));
    if (!chosen && (exact.length === 1 || found.length === 1)) return choose(exact[0] || found[0]);
    found = [];
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    return undefined;
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const last = Math.min(found.length, SHOWN) - 1;
    if (by && last >= 0) at = Math.max(0, Math.min(last, at + by));
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.isComposing && found[at]) choose(found[at]);
    else if (event.key === "Escape" && found.length) found = [];
    else return;
    event.preventDefault();
    event.stopPropagation();
    show();
  }

  /** @param {string} id */
  function write(id) {
    const grid = grids.get(id);
    chosen = grid ? grid.id : null;
    input.value = grid ? pathOf(grid) : id || "";
    found = [];
    at = -1;
    show();
    rest.textContent = grid ? grid.code : "";
  }

  return {
    name: "grid_code",
    required: false,
    node: div("field wide", el("label", { for: "field-grid-code", class: "quiet" }, t("desk_said.grid_code")), input, list, rest),
    read: () => chosen || undefined,
    pending: () => input.value.trim() !== "" && !chosen, // typed, and no grid yet
    write,
    keep: () => chosen || "",
    focus: () => input.focus(),
  };
}
