/* The outbox as its owner sees it: what waits, what was refused and why, what has arrived. */

import { el } from "../lib/dom.js";
import { button, mark, sureButton } from "./dom.js";
import { done, problemText, toDo } from "./lines.js";
import { amend, discard, lastFirst, onChange, retryNow } from "./outbox.js";
import { editReport } from "./report.js";
import { entries } from "./vault.js";
import { local, t, when } from "./words.js";

/** @import { App, Entry, Problem } from "./types" */

/** @param {App} app */
export async function outboxView(app) {
  const list = el("ul", { class: "rows", "data-testid": "outbox" });
  const said = el("p", { class: "quiet", role: "status" });
  const now = button(t("field.send_now"), async () => {
    await retryNow();
    app.sendSoon();
  }, { class: "plain" });

  async function draw() {
    const all = await entries();
    const open = all.filter((one) => one.state !== "sent");
    now.hidden = !open.some((one) => one.state === "waiting");
    said.textContent = t(open.length ? "field.outbox_open" : "field.outbox_empty", { n: open.length });
    const sent = all.filter((one) => one.state === "sent").sort(lastFirst);
    list.replaceChildren(...[...open, ...sent].map((one) => line(app, one)));
  }

  const node = el("section", {}, el("div", { class: "heading" }, el("h1", {}, t("field.outbox")), now), said, list);
  onChange(() => node.isConnected && draw());
  await draw();
  return node;
}

/**
 * @param {App} app
 * @param {Entry} one
 */
function line(app, one) {
  const what = [one.report && t("field.report_send"), one.step && toDo(one.step.kind)].filter(Boolean).join(", ");
  const photos = one.photos.length ? t("field.photo_count", { n: one.photos.length }) : "";
  return el("li", { class: `entry ${one.state}`, "data-state": one.state, "data-entry": one.id },
    el("strong", {}, one.label.title || local(one.label.category)),
    el("span", { class: "quiet" }, [what, photos, when(one.made_at), one.incident && `#${one.incident}`].filter(Boolean).join(" · ")),
    stateLine(one),
    one.state === "refused" && remedies(app, one),
    one.state === "waiting" && one.tries > 2 && el("div", { class: "pair" }, throwAway(one)));
}

/** @param {Entry} one */
function stateLine(one) {
  if (one.state === "sent") return el("span", { class: "quiet" }, t("field.state_sent", { time: when(one.sent_at) }));
  if (one.state === "refused" && one.problem) return el("span", { class: "light-red", role: "alert" }, mark("red"), t("field.state_refused", { why: problemText(one.problem, Boolean(one.report)) }), happened(one.problem));
  if (one.problem && one.problem.code === "other_person") return el("span", {}, problemText(one.problem));
  if (!navigator.onLine || !one.tries) return el("span", {}, t(navigator.onLine ? "field.state_sending" : "field.state_offline"));
  return el("span", {}, t("field.state_retry", { n: one.tries, time: when(one.next_at) }));
}

/**
 * What others did meanwhile.
 * @param {Problem} problem
 */
function happened(problem) {
  const since = problem.values.since;
  if (!Array.isArray(since)) return null;
  return el("span", { class: "quiet" }, since.map((event) => `${when(event.at)} ${event.actor} ${done(event.kind)}`).join("; "));
}

/** @param {Entry} one */
const throwAway = (one) => sureButton(t("field.discard"), t("field.discard_sure"), () => discard(one.id));

/**
 * @param {App} app
 * @param {Entry} one
 */
function remedies(app, one) {
  /**
   * @param {string} key of the button's text
   * @param {(found: Entry) => Entry} change
   */
  const again = (key, change) => button(t(key), async () => {
    await amend(one.id, change);
    app.sendSoon();
  });
  const choices = [];
  if (one.report && one.incident === null) {
    choices.push(button(t("field.correct"), async () => {
      await editReport(one.id);
      app.go("report");
    }));
  } else if (one.problem?.code === "photo_invalid") {
    choices.push(again("field.without_photo", (found) => ({ ...found, photos: found.photos.filter((photo) => photo.n !== null) })));
  } else if (one.problem?.code === "step_overtaken") {
    choices.push(again("field.send_anyway", (found) => ({ ...found, seen_n: null })));
  } else {
    choices.push(again("field.try_again", (found) => found));
  }
  return el("div", { class: "pair" }, choices, throwAway(one));
}
