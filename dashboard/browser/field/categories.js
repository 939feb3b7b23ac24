/* Which category: the ones used most on this phone and in this area first, the others by search. */

import { el } from "../lib/dom.js";
import { button } from "./dom.js";
import { ask } from "./net.js";
import { keep, kept } from "./vault.js";
import { currentLanguage, t } from "./words.js";

/** @import { Category, Kept, Person } from "./types" */

const DAY_MS = 24 * 3600 * 1000;
const FIRST = 6;
const FOUND = 12;
const LOOKED_AT = 200;
// What one does oneself says more than what lies around.
const OWN_WEIGHT = 5;

/**
 * The most used first; what was kept where there is no network, none without either.
 * @param {Person} person
 * @returns {Promise<Category[]>}
 */
export async function loadCategories(person) {
  /** @type {Kept<Category[]> | undefined} */
  const found = await kept("categories");
  if (found && Date.now() - found.at < DAY_MS && found.value.length) return sorted(found.value);
  try {
    /** @type {{ code: string, name_zh: string, name_en: string, class_name: string }[]} */
    const data = (await ask("GET", "/categories")).data;
    const value = data.map((one) => ({ code: one.code, zh: one.name_zh, en: one.name_en, class: one.class_name }));
    await keep("categories", { value, at: Date.now() });
    await keep("around", await countAround(person));
    return sorted(value);
  } catch {
    return found ? sorted(found.value) : [];
  }
}

/** @param {Person} person */
async function countAround(person) {
  const within = /^\d+:/.test(person.at || "") ? `&within=${encodeURIComponent(person.at)}` : "";
  /** @type {Record<string, number>} */
  const counts = {};
  /** @type {{ incidents: { category: string }[] }} */
  const { incidents } = (await ask("GET", `/incidents?limit=${LOOKED_AT}${within}`)).data;
  for (const { category } of incidents) counts[category] = (counts[category] || 0) + 1;
  return counts;
}

/** @param {Category[]} categories */
async function sorted(categories) {
  return byUse(categories, (await kept("around")) || {}, (await kept("used")) || {});
}

/**
 * The most used first; those used alike by their codes.
 * @param {Category[]} categories
 * @param {Record<string, number>} around how often each lies around
 * @param {Record<string, number>} used how often each was used on this phone
 */
export function byUse(categories, around, used) {
  /** @param {Category} one */
  const weight = ({ code }) => (around[code] || 0) + OWN_WEIGHT * (used[code] || 0);
  return [...categories].sort((a, b) => weight(b) - weight(a) || (a.code < b.code ? -1 : 1));
}

/** @param {string} code */
export async function countUse(code) {
  const used = (await kept("used")) || {};
  await keep("used", { ...used, [code]: (used[code] || 0) + 1 });
}

/** @param {Category} one */
const nameOf = (one) => one[currentLanguage()] || one.zh || one.en || one.code;

/**
 * @param {Category[]} categories
 * @param {string | null} code
 * @param {(category: Category) => void} chosen
 */
export function categoryField(categories, code, chosen) {
  const input = el("input", { type: "search", placeholder: t("field.category_search"), "aria-label": t("field.category_search"), oninput: draw, autocomplete: "off" });
  const choices = el("div", { class: "choices", role: "radiogroup", "aria-label": t("field.category"), "data-testid": "categories" });
  let current = code;

  function draw() {
    const asked = input.value.trim().toLowerCase();
    /** @param {Category} one */
    const fits = (one) => [one.code, one.zh, one.en, one.class].some((text) => String(text || "").toLowerCase().includes(asked));
    const found = asked ? categories.filter(fits).slice(0, FOUND) : categories.slice(0, FIRST);
    const mine = categories.find((one) => one.code === current);
    if (mine && !found.includes(mine)) found.unshift(mine);
    const none = el("p", { class: "quiet" }, t(categories.length ? "field.category_none" : "field.category_unknown"));
    choices.replaceChildren(...(found.length ? found.map(choice) : [none]));
  }

  /** @param {Category} one */
  function choice(one) {
    return button(nameOf(one), () => {
      current = one.code;
      input.value = "";
      chosen(one);
      draw();
    }, { role: "radio", "aria-checked": String(one.code === current) });
  }

  draw();
  return el("div", {}, choices, input);
}
