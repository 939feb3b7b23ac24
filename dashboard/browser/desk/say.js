/* What the desk says for a while: that something was done, or why it was not. */
import { t } from "../lib/format.js";
import { byId } from "./dom.js";
import { Refused } from "./server.js";

const SAID_MS = 8000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * @param {string} text
 * @returns {void}
 */
export function say(text) {
  clearTimeout(timer);
  byId("said").textContent = text;
  timer = setTimeout(() => (byId("said").textContent = ""), SAID_MS);
}

/**
 * An error in the words of the catalogue, with what the server says about the value.
 * @param {Refused} error
 * @returns {string}
 */
export function reasonOf(error) {
  const { field, reason } = error.values;
  const told = error.code === "no_answer" ? t("desk.no_answer") : t(`error.${error.code}`);
  return field && reason ? t("desk.refused", { told, field: t(`desk_said.${field}`), why: reason }) : told;
}

/**
 * Say what the server refused; any other error is a fault of ours.
 * @param {unknown} error
 * @returns {void}
 */
export function complain(error) {
  if (!(error instanceof Refused)) throw error;
  say(reasonOf(error));
}
