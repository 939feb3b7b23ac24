/* What was typed outlives everything: another look at the list, a step by somebody else, a reload of the page. */

/** @import { OpenForm, Value } from "./types" */
/** @typedef {{ values: Record<string, Value>, key: string }} Draft */

const KEPT = "desk-draft:";
const OPEN = "desk-open"; // the form a reload of the page opens again

/** @type {(id: number, kind: string) => string} */
const address = (id, kind) => `${KEPT}${id}:${kind}`;

/**
 * @param {OpenForm} form
 * @returns {void}
 */
export function keep({ id, kind, fields, key }) {
  const values = Object.fromEntries(fields.map((field) => [field.name, field.keep()]));
  sessionStorage.setItem(address(id, kind), JSON.stringify({ values, key }));
}

/** @type {(id: number, kind: string) => Draft | null} */
export const of = (id, kind) => JSON.parse(sessionStorage.getItem(address(id, kind)) || "null");

/** @type {(form: { id: number, kind: string }) => void} */
export const drop = ({ id, kind }) => sessionStorage.removeItem(address(id, kind));

/** @type {(form: { id: number, kind: string } | null) => void} */
export function markOpen(form) {
  if (form) sessionStorage.setItem(OPEN, JSON.stringify({ id: form.id, kind: form.kind }));
  else sessionStorage.removeItem(OPEN);
}

/** @type {() => { id: number, kind: string } | null} */
export const lastOpen = () => JSON.parse(sessionStorage.getItem(OPEN) || "null");

/** A step that is sent twice with one key is one step. */
export const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
