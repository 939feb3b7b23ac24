/* My incidents, by what burns. */

import { now } from "./clock.js";
import { el } from "../lib/dom.js";
import { button } from "./dom.js";
import { clockLine, gridName, stageName, titleOf, toDo } from "./lines.js";
import { ask, remembered, Refused, Unreachable } from "./net.js";
import { onChange } from "./outbox.js";
import { entries, keep, kept } from "./vault.js";
import { local, t, when } from "./words.js";

/** @import { App, Found, Queue, Row } from "./types" */

const QUEUE = "/desk/queue?queue=mine&limit=200";
const AHEAD = 30;

export const queueKey = "seen:queue";
/** @param {number} id */
export const incidentKey = (id) => `seen:incident:${id}`;

/** @param {App} app */
export async function listView(app) {
  const said = el("p", { class: "quiet", role: "status", "data-testid": "as-of" });
  const list = el("ul", { class: "rows", "data-testid": "mine" });
  const node = el("section", {}, el("div", { class: "heading" }, el("h1", {}, t("field.list")), button(t("field.refresh"), refresh, { class: "plain" })), said, list);

  /** @param {Found<Queue>} found */
  async function draw(found) {
    const pending = await pendingSteps();
    const { rows, total } = found.value;
    const more = total > rows.length && el("li", { class: "quiet" }, t("field.list_more", { n: total - rows.length }));
    const none = !rows.length && el("li", { class: "quiet" }, t("field.list_none"));
    list.replaceChildren(...[...rows.map((row) => line(row, pending.get(row.id))), more, none].filter((one) => one instanceof Node));
    node.dataset.asOf = String(found.at);
    said.textContent = t(found.fresh ? "field.as_of" : "field.as_of_kept", { time: when(found.at) });
  }

  async function refresh() {
    try {
      const found = await remembered(queueKey, QUEUE, (data) => /** @type {Queue} */ (data));
      await draw(found);
      app.count(found.value.total);
      if (found.fresh) await lookAhead(found.value.rows);
    } catch (error) {
      if (error instanceof Unreachable) said.textContent = t("field.list_offline");
      else if (error instanceof Refused) said.textContent = t(`error.${error.problem.code}`);
      else throw error;
    }
  }

  /**
   * @param {Row} row
   * @param {string[] | undefined} steps
   */
  function line(row, steps) {
    return el("li", {}, el("a", { class: "row", href: `#incident/${row.id}`, "data-id": row.id },
      el("strong", {}, titleOf(row)),
      clockLine(row),
      el("span", { class: "quiet" }, [local(row.category), gridName(row), stageName(row.stage)].join(" · ")),
      row.urges > 0 && el("span", { class: "quiet" }, t("field.urged", { n: row.urges })),
      steps && el("span", { class: "pending" }, t("field.pending", { steps: steps.map(toDo).join(", ") }))));
  }

  const seen = await kept(queueKey);
  if (seen) await draw({ ...seen, fresh: false });
  else said.textContent = t("page.loading");
  refresh();
  app.whileShown(node, refresh, 60_000);
  onChange(async () => node.isConnected && draw({ ...((await kept(queueKey)) || { value: { rows: [], total: 0 }, at: now() }), fresh: false }));
  return node;
}

/**
 * Steps that have not arrived yet, by incident.
 * @returns {Promise<Map<number, string[]>>}
 */
export async function pendingSteps() {
  const found = new Map();
  for (const one of await entries()) {
    if (one.state === "sent" || one.incident === null || !one.step) continue;
    found.set(one.incident, [...(found.get(one.incident) || []), one.step.kind]);
  }
  return found;
}

/**
 * What may be needed where there is no network: the incidents of the list as they are now.
 * @param {Row[]} rows
 */
async function lookAhead(rows) {
  for (const row of rows.slice(0, AHEAD)) {
    const known = await kept(incidentKey(row.id));
    if (known && known.value.row.n === row.n) continue;
    try {
      const { data } = await ask("GET", `/desk/incidents/${row.id}`);
      await keep(incidentKey(row.id), { value: data, at: now() });
    } catch {
      return;
    }
  }
}
