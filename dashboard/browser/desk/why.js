/* Why a key does nothing now. A key that is listed under ? acts, or says here what is in the way. */
import { t } from "../lib/format.js";
import { deskConfig } from "./config.js";
import { byId } from "./dom.js";
import { LETTERS } from "./letters.js";
import * as words from "./words.js";

/** @import { Incident } from "./types" */

const SAID_MS = 10000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Beside the steps, where the eye is; it stays until the next key, or for a while.
 * @param {string} text
 * @returns {void}
 */
export function say(text) {
  clearTimeout(timer);
  byId("why").textContent = text;
  timer = setTimeout(clear, SAID_MS);
}

/** @returns {void} */
export function clear() {
  clearTimeout(timer);
  byId("why").textContent = "";
}

/** @param {string[]} names */
const listed = (names) => names.join(deskConfig().language === "zh" ? "、" : ", ");
/** @param {string} role */
const roleName = (role) => t(`desk_role.${role}`);

/**
 * The reason in words: what the incident is now, and when or for whom the step is possible.
 * @param {string} kind
 * @param {Incident} got
 * @returns {string}
 */
export function reason(kind, got) {
  const refusal = got.refusals.find((one) => one.kind === kind);
  const { row, incident } = got;
  const step = words.step(kind);
  if (!refusal) return t("desk_why.unknown", { step });
  const hands = words.unit(row.unit, row.handler) || words.person(row.responsible);
  return t(`desk_why.${refusal.reason}`, {
    id: String(incident.id), step, stage: words.stage(incident.stage), hands, role: roleName(got.role),
    stages: listed(refusal.stages.map(words.stage)), roles: listed(refusal.roles.map(roleName)),
    resume: LETTERS.resumed.toUpperCase(),
  });
}

/**
 * @param {string} kind
 * @param {Incident | null} got
 * @returns {void}
 */
export const step = (kind, got) => say(got ? reason(kind, got) : t("desk_why.nothing_open"));
