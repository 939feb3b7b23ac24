/* What needs attention, and acknowledging it. */
import { div, h, span } from "../lib/elements.js";
import { local, t, when } from "../lib/format.js";
import { atEnd, listen, patience } from "../lib/lifetime.js";
import * as picture from "../stream/picture.js";
import { redraw } from "./page.js";

const ROWS = 2;

/** @typedef {import("../types").Alert} Alert */
/** @typedef {import("../types").Children} Children */

/** @type {Map<string, import("../types").Acknowledgement>} */
const noted = new Map(); // by key: acknowledged on this page, until the stream says so itself
/** @type {Map<string, string>} */
const refused = new Map(); // by key: why it could not be noted

/**
 * What stands beside the alert, and what below it.
 * @param {Alert} alert
 * @returns {[Children, Children]}
 */
function state(alert) {
  const by = alert.acknowledged || noted.get(alert.key);
  if (by) return [null, span("below", t("alerts.noted", { by: by.by, time: when(by.at, picture.shown()?.moment ?? by.at) }))];
  if (!alert.key) return [null, null];
  const failed = refused.get(alert.key);
  const button = h("Button", { className: "switch", "data-acknowledge": alert.key }, t("alerts.acknowledge"));
  return [button, failed && span("below light-red", failed)];
}

/** @param {Alert} alert */
function row(alert) {
  const text = local(alert.text);
  const told = alert.grid
    ? h("Button", { className: "text", title: text, "data-go": alert.grid }, text)
    : h("Div", { className: "text", title: text }, text);
  // No light: those are of incidents and their deadlines.
  const light = span(`severity ${alert.severity}`, t(`severity.${alert.severity}`));
  const [beside, below] = state(alert);
  return div("alert", told, div("side", light, beside), below);
}

/**
 * What the stream says itself by now, or no longer lists, need not be remembered.
 * @param {Alert[]} rows
 */
function forget(rows) {
  const open = new Set(rows.filter((alert) => !alert.acknowledged).map((alert) => alert.key));
  for (const kept of [noted, refused]) for (const key of kept.keys()) if (!open.has(key)) kept.delete(key);
}

/**
 * @param {import("../types").Frame} frame
 * @returns {import("../types").Children}
 */
export function alerts(frame) {
  const { total, rows } = frame.alerts || { total: 0, rows: [] };
  forget(rows);
  const rest = total - Math.min(total, ROWS);
  const more = document.getElementById("alerts-total");
  if (more) more.textContent = rest ? t("alerts.more", { n: rest }) : "";
  if (!total) return h("P", { className: "empty" }, t("alerts.none"));
  return rows.slice(0, ROWS).map(row);
}

/** @param {string} key */
async function acknowledge(key) {
  refused.delete(key);
  try {
    const answer = await fetch(`/api/v1/alerts/${encodeURIComponent(key)}/acknowledge`, {
      method: "POST", signal: patience(), headers: { "Content-Type": "application/json" }, body: "{}",
    });
    const told = await answer.json();
    if (answer.ok) noted.set(key, told.acknowledged);
    else refused.set(key, t(`error.${told.error.code}`));
  } catch {
    refused.set(key, t("alerts.not_reached"));
  }
  redraw();
}

/** @returns {void} */
export function start() {
  atEnd(() => [noted, refused].forEach((kept) => kept.clear()));
  listen(document, "click", (event) => {
    const button = event.target.closest("[data-acknowledge]");
    if (button) acknowledge(button.dataset.acknowledge);
  });
}
