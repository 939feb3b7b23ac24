/* What a form says, and what it still must say. */
import { t } from "../lib/format.js";

/** @import { Field, OpenForm } from "./types" */
/** @typedef {Pick<OpenForm, "kind" | "fields" | "oneOf" | "key">} Form */
/** @typedef {{ field: Field | undefined, text: string }} Lack */

/** @type {(form: Pick<OpenForm, "fields"> | null, name: string) => Field | undefined} */
export const fieldOf = (form, name) => form?.fields.find((field) => field.name === name);

/** Whether the step says where the incident is: then the map is asked, too. @type {(form: Pick<OpenForm, "fields"> | null) => boolean} */
export const asksPlace = (form) => fieldOf(form, "grid_code") !== undefined;

/**
 * What the event of the step will say.
 * @param {Form} form
 * @returns {Record<string, unknown>}
 */
export function detail(form) {
  /** @type {Record<string, unknown>} */
  const said = { key: form.key };
  form.fields.filter((field) => !field.node.hidden).forEach((field) => {
    const value = field.read();
    if (value !== undefined) said[field.name] = value;
  });
  if (asksPlace(form) && said.lon !== undefined) said.coordinate_system = "wgs84";
  return said;
}

/** @type {(field: Field) => boolean} */
export const isWanting = (field) => field.required && !field.node.hidden && field.read() === undefined;

/**
 * What the form must say and does not; null where nothing is lacking.
 * @param {Form} form
 * @returns {Lack | null}
 */
export function lacking(form) {
  const wanting = form.fields.find(isWanting);
  if (wanting) return { field: wanting, text: t("desk.must_say", { what: t(`desk_said.${wanting.name}`) }) };
  if (form.kind === "extended" && !["days", "hours"].some((name) => fieldOf(form, name)?.read())) {
    return { field: fieldOf(form, "days"), text: t("desk.must_say", { what: t("desk_said.days") }) };
  }
  return lackingPlace(form) || lackingOne(form);
}

/**
 * @param {Form} form
 * @returns {Lack | null}
 */
function lackingPlace(form) {
  const grid = fieldOf(form, "grid_code");
  if (!grid) return null;
  if (grid.pending?.()) return { field: grid, text: t("desk.choose_grid") };
  const without = ["lon", "lat"].filter((name) => fieldOf(form, name)?.read() === undefined);
  if (grid.read() || without.length !== 1) return null;
  return { field: fieldOf(form, without[0]), text: t("desk.must_say", { what: t(`desk_said.${without[0]}`) }) };
}

/**
 * Of some things one must be said, whichever it is.
 * @param {Form} form
 * @returns {Lack | null}
 */
function lackingOne(form) {
  const said = detail(form);
  if (!form.oneOf.length || form.oneOf.some((name) => said[name] !== undefined && said[name] !== "")) return null;
  if (form.kind === "located") return { field: fieldOf(form, "grid_code"), text: t("desk.must_place") };
  const asked = form.oneOf.map((name) => t(`desk_said.${name}`));
  return { field: fieldOf(form, form.oneOf[0]), text: t("desk.must_say_one", { what: asked.join(t("desk.or")) }) };
}
