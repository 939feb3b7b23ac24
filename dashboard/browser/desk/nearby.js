/* What lies near in place and time, and what may be the same incident once more. */
import { t } from "../lib/format.js";
import { above } from "./above.js";
import * as actions from "./actions.js";
import { byId, div, el, fill, name } from "./dom.js";
import * as words from "./words.js";

/** @import { Incident, Other } from "./types" */

/** @param {number | null | undefined} metres */
const distance = (metres) => (metres === null || metres === undefined ? "" : t("desk.metres", { n: Math.round(metres) }));
/**
 * @param {Pick<Other, "distance_m" | "reported_at" | "stage">} one
 * @returns {string}
 */
export const facts = (one) => [distance(one.distance_m), words.when(one.reported_at), words.stage(one.stage)].filter(Boolean).join(" · ");

/**
 * @param {Other} one
 * @param {boolean} twin whether it may be the same incident
 */
function entry(one, twin) {
  const what = words.what(one.category, one.title);
  const merge = twin && actions.of("merged");
  return el(
    "li",
    { class: twin ? "twin" : "" },
    el("button", { type: "button", class: "near", onclick: () => above.openIncident(one.id) }, name("", what), name("quiet number", facts(one))),
    merge && div("", el("button", { type: "button", class: "action", onclick: () => above.openForm("merged", { into: one.id }) }, t("desk.merge_here"))),
  );
}

/**
 * @param {Incident | null} got
 * @returns {void}
 */
export function draw(got) {
  if (!got) return void fill("nearby");
  const parts = [];
  if (got.duplicates.length) {
    parts.push(el("h3", {}, t("desk.duplicates")), el("ul", { class: "near-list" }, got.duplicates.map((one) => entry(one, true))));
  }
  const twins = new Set(got.duplicates.map((one) => one.id));
  const others = got.neighbours.filter((one) => !twins.has(one.id));
  parts.push(el("h3", {}, t("desk.neighbours")));
  parts.push(others.length ? el("ul", { class: "near-list" }, others.map((one) => entry(one, false))) : el("p", { class: "quiet" }, t("desk.no_neighbours")));
  fill("nearby", parts);
}

/**
 * The form takes the place; what is near stays on the map.
 * @param {boolean} hidden
 * @returns {void}
 */
export const hide = (hidden) => void (byId("nearby").hidden = hidden);
