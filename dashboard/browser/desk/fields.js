/* The fields of a form: what a step may say, as questions. Each field is {name, node, read, write}. */
import * as grids from "../city/grids.js";
import { t } from "../lib/format.js";
import { deskConfig } from "./config.js";
import { div, el, span } from "./dom.js";
import * as names from "./names.js";
import * as nearby from "./nearby.js";
import * as places from "./place.js";
import * as words from "./words.js";

/** @import { Action, Choice, Field, Grid, Incident, Other, Says } from "./types" */
/** @import { Attributes } from "../lib/dom.js" */
/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Input */
/** @typedef {{ required?: boolean, wide?: boolean }} Options */

/* Said by other means: in its own way (position), by the server, or by a field that is easier to answer. */
const LEFT_OUT = ["due_at", "due_claim_at", "coordinate_system", "key", "sha256", "media_type", "size"];
let serial = 0; // labels find their fields by id

/**
 * @param {string} name
 * @param {Input} input
 * @param {Options} options
 */
function labelled(name, input, { required = false, wide = false } = {}) {
  const id = `field-${name}-${(serial += 1)}`;
  input.id = id;
  if (required) input.setAttribute("aria-required", "true");
  const label = el("label", { for: id, class: "quiet" }, t(`desk_said.${name}`), required && el("span", { class: "needed", title: t("desk.required") }, " *"));
  return div(`field ${wide ? "wide" : ""}`, label, input);
}

/**
 * @param {string} name
 * @param {Input} input
 * @param {Options} options
 * @param {(value: string) => unknown} parse what the text means
 * @returns {Field}
 */
function simple(name, input, options, parse = (value) => value.trim()) {
  return {
    name,
    required: Boolean(options.required),
    node: labelled(name, input, options),
    read: () => (input.value.trim() === "" ? undefined : parse(input.value)),
    write: (value) => (input.value = value ?? ""),
    keep: () => input.value,
    focus: () => input.focus(),
  };
}

/** @param {number} rows */
const box = (rows) => el("textarea", { rows, class: "input", maxlength: 1000 });
/** @param {Attributes} attributes */
const line = (attributes) => el("input", { type: "text", class: "input", autocomplete: "off", ...attributes });
/** @type {(name: string, required: boolean) => Field} */
const paragraph = (name, required) => simple(name, box(1), { required, wide: true });
/** @type {(name: string, required: boolean) => Field} */
const text = (name, required) => simple(name, line({ maxlength: 200 }), { required });
/** @type {(name: string, required: boolean, attributes: Attributes) => Field} */
const amount = (name, required, attributes) => simple(name, line({ type: "number", inputmode: "decimal", ...attributes }), { required }, Number);

/**
 * An incident's number as it is printed or typed on a phone: "#93471", full-width digits, "93471号".
 * @param {string} typed
 * @returns {number | undefined}
 */
export function numberOf(typed) {
  const found = /^\s*(?:第|no\.?)?\s*#?\s*(\d{1,15})\s*号?\s*$/i.exec(typed.normalize("NFKC"));
  return found ? Number(found[1]) : undefined;
}

/**
 * One of few: radio buttons.
 * @param {string} name
 * @param {Choice[]} choices
 * @param {Options} options
 * @returns {Field}
 */
function radios(name, choices, { required = false, wide = true } = {}) {
  const group = `radio-${name}-${(serial += 1)}`;
  const inputs = choices.map(({ value }, i) => el("input", { type: "radio", name: group, id: `${group}-${i}`, value: String(i), "data-value": JSON.stringify(value) }));
  const options = choices.map(({ label, hint }, i) => el("label", { class: "choice", for: `${group}-${i}` }, inputs[i], span("", label), hint && span("quiet hint", hint)));
  const chosen = () => inputs.find((input) => input.checked);
  const valueChosen = () => choices[inputs.findIndex((input) => input.checked)]?.value;
  const node = el("fieldset", { class: `field ${wide ? "wide" : ""}` }, el("legend", { class: "quiet" }, t(`desk_said.${name}`), required && span("needed", " *")), div("choices", options));
  return {
    name,
    required,
    node,
    read: valueChosen,
    write: (value) => inputs.forEach((input) => (input.checked = input.dataset.value === JSON.stringify(value))),
    keep: valueChosen,
    focus: () => (chosen() || inputs[0] || node).focus(),
  };
}

/**
 * One of many: a list to open.
 * @param {string} name
 * @param {Choice[]} choices
 * @param {{ required?: boolean, blank?: string | null }} options
 * @returns {Field}
 */
function select(name, choices, { required = false, blank = null } = {}) {
  const options = choices.map(({ value, label }) => el("option", { value: String(value) }, label));
  const input = el("select", { class: "input" }, blank !== null && el("option", { value: "" }, blank), options);
  const field = simple(name, input, { required }, (value) => choices.find((choice) => String(choice.value) === value)?.value);
  return field;
}

/** @param {boolean} required */
const means = (required) => radios("means", deskConfig().means.map((value) => ({ value, label: t(`means.${value}`) })), { required });

/**
 * @param {string} name
 * @param {boolean} required
 * @param {number} [from] only those above it
 */
const levels = (name, required, from) => {
  const all = Array.from({ length: grids.depth() + 1 }, (_, i) => grids.depth() - i).filter((level) => from === undefined || level < from);
  return radios(name, all.map((value) => ({ value, label: words.level(value) })), { required });
};

/** @param {boolean} required */
const satisfaction = (required) => radios("satisfaction", ["satisfied", "neutral", "dissatisfied"].map((value) => ({ value, label: t(`desk_satisfaction.${value}`) })), { required });

/** @param {boolean} required */
const upheld = (required) => radios("upheld", [true, false].map((value) => ({ value, label: t(value ? "desk.upheld" : "desk.not_upheld") })), { required });

/**
 * To whom: left to the rule (the empty choice, named by `form.adapt` as the means say), or another unit.
 * @param {Incident} got
 */
function unit(got) {
  const others = got.units.map((one) => ({ value: one.code, label: one.name }));
  return got.decisions.length || others.length ? select("unit", others, { blank: t("desk.left_to_rule") }) : null;
}

/**
 * What one incident may end in: the proposed duplicates, the likelier ones first, or any other by its number.
 * @param {Incident} got
 */
function into(got) {
  /** @type {(one: Other) => Choice} */
  const near = (one) => ({ value: one.id, label: `#${one.id} ${words.category(one.category)}`, hint: nearby.facts(one) });
  const choices = got.duplicates.map(near);
  return choices.length ? radios("into", choices, { required: true }) : simple("into", line({ maxlength: 40, placeholder: "#" }), { required: true }, numberOf);
}

/** @param {boolean} required */
function category(required) {
  const choices = names.categories.all().map((one) => ({ value: one.code, label: one.name }));
  return choices.length ? select("category", choices, { required, blank: "–" }) : text("category", required);
}

/** @param {Incident} got */
function person(got) {
  const holders = new Map(got.people.filter((one) => one.person).map((one) => [one.person, one]));
  const choices = [...holders.values()].map((one) => ({ value: one.person, label: `${one.name} · ${words.post(one.post)}` }));
  return choices.length ? select("person", choices, { blank: t("desk.left_to_rule") }) : text("person", false);
}

/** @typedef {(grid: Grid) => void} GridChosen */

/** @type {Record<string, (says: Says, got: Incident, onGrid: GridChosen) => Field | null>} */
const SPECIAL = {
  unit: (_, got) => unit(got),
  means: (says) => means(says.required),
  level: (says) => levels("level", says.required),
  to_level: (says, got) => levels("to_level", says.required, got.incident.held_level ?? undefined),
  satisfaction: (says) => satisfaction(says.required),
  upheld: (says) => upheld(says.required),
  into: (_, got) => into(got),
  category: (says) => category(says.required),
  person: (_, got) => person(got),
  grid_code: (_says, _got, onGrid) => places.field({ onChoose: onGrid }),
  lon: () => amount("lon", false, { min: -180, max: 180, step: "any" }),
  lat: () => amount("lat", false, { min: -90, max: 90, step: "any" }),
  days: () => amount("days", false, { min: 1, max: 60, step: 1 }),
  hours: () => amount("hours", false, { min: 1, max: 200, step: "any" }),
  finish_limit: (says) => simple("finish_limit", line({ maxlength: 20, placeholder: t("desk_said.finish_limit_hint") }), { required: says.required }),
  note: (says) => paragraph("note", says.required),
};

/**
 * @param {Says} says
 * @param {Incident} got
 * @param {GridChosen} onGrid
 */
function of(says, got, onGrid) {
  if (LEFT_OUT.includes(says.name) || says.name === "reason") return null;
  if (says.name === "handler" && got.units.length) return null;
  if (SPECIAL[says.name]) return SPECIAL[says.name](says, got, onGrid);
  return says.type === "number" || says.type === "whole" ? amount(says.name, says.required, { step: says.type === "whole" ? 1 : "any" }) : text(says.name, says.required);
}

/**
 * A name before degrees, short fields beside each other, the radio buttons below them.
 * @param {Says} says
 */
const rank = (says) => (says.name === "grid_code" ? 0 : says.type === "means" ? 2 : 1);
/** @param {Says[]} says */
const inPairs = (says) => [...says].sort((a, b) => rank(a) - rank(b));

/**
 * All fields of a step, in the order it declares them; then why, and what else there is to say.
 * @param {Action} action
 * @param {Incident} got
 * @param {GridChosen} onGrid
 * @returns {Field[]}
 */
export function all(action, got, onGrid) {
  const said = inPairs(action.says.filter((says) => says.name !== "note")).flatMap((says) => of(says, got, onGrid) ?? []);
  const reason = action.needs_reason || action.kind === "dispatched" ? paragraph("reason", true) : null;
  const note = action.says.find((says) => says.name === "note");
  return [...said, ...(reason ? [reason] : []), paragraph("note", Boolean(note && note.required))];
}
