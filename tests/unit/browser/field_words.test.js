/* What the phone says: times in the city's zone, spans, names, and why something was refused. */
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { startPhone } from "./fake_phone.js";

const TEXTS = {
  "field.span_minutes": "{n} 分", "field.span_hours": "{h} 时 {m} 分", "field.span_days": "{d} 天 {h} 时",
  "field.metres": "{n} 米", "field.unlocated": "未定位",
  "field.problem_step_overtaken": "已有 {n}", "field.problem_not_yours": "不归你", "field.problem_field": "（{field}）",
  "field.field_title": "标题", "field.photo_too_large": "照片太大", "error.text_invalid": "文字无效", "error.incident_unknown": "没有",
};
startPhone({ texts: TEXTS, timezone: "Asia/Shanghai" });
const { local, span, switchLanguage, t, metres, when } = await import("../../../dashboard/browser/field/words.js");
const { gridName, problemText, titleOf } = await import("../../../dashboard/browser/field/lines.js");

afterEach(() => mock.timers.reset());

test("a text has its names filled in; one without a value says so, one that is missing is called by its key", () => {
  assert.equal(t("field.metres", { n: 0 }), "0 米");
  assert.equal(t("field.metres"), "– 米");
  assert.equal(t("stage.unheard"), "unheard");
});

test("a name is in the viewer's language, or in the one there is", () => {
  assert.equal(local({ zh: "路灯", en: "Street light" }), "路灯");
  assert.equal(local({ en: "Street light" }), "Street light");
  assert.equal(local("路灯"), "路灯");
  assert.equal(local(null), "");
  assert.equal(local(undefined), "");
  switchLanguage();
  assert.equal(local({ zh: "路灯", en: "Street light" }), "Street light");
  switchLanguage();
});

test("today begins at the city's midnight, not at the machine's", () => {
  mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-03-01T16:30:00Z") }); // 00:30 of 2 March in Shanghai
  assert.equal(when("2026-03-01T16:05:00Z"), "00:05");
  assert.match(when("2026-03-01T15:55:00Z"), /3.*1.*23:55/);
  assert.equal(when(null), "–");
});

test("a span has two units at most, rounded down", () => {
  assert.equal(span(59), "0 分");
  assert.equal(span(3_599), "59 分");
  assert.equal(span(3_600), "1 时 0 分");
  assert.equal(span(86_399), "23 时 59 分");
  assert.equal(span(90_000), "1 天 1 时");
  assert.equal(metres(12.4), "12 米");
});

test("an incident is called by its title, or by its category; its place by grid, area or address", () => {
  const row = { title: "", category: { zh: "路灯", en: "Street light" }, grid: null, area: null, address: "" };
  assert.equal(titleOf(row), "路灯");
  assert.equal(titleOf({ ...row, title: "灯坏了" }), "灯坏了");
  assert.equal(gridName(row), "未定位");
  assert.equal(gridName({ ...row, address: "人民路 1 号" }), "人民路 1 号");
  assert.equal(gridName({ ...row, address: "人民路 1 号", area: { name: "城东" } }), "城东");
  assert.equal(gridName({ ...row, grid: { name: "一格" }, area: { name: "城东" } }), "一格");
});

test("why something was refused: in the page's words, in the catalogue's, or in the server's own", () => {
  const problem = (code, values = {}) => ({ code, message: "the server's sentence", values });
  assert.equal(problemText(problem("step_overtaken", { n: 3 })), "已有 3");
  assert.equal(problemText(problem("photo_invalid", { reason: "too_large" })), "照片太大");
  assert.equal(problemText(problem("text_invalid", { field: "title" })), "文字无效（标题）");
  assert.equal(problemText(problem("unheard_of")), "the server's sentence");
  assert.equal(problemText(problem("incident_unknown")), "没有");
  assert.equal(problemText(problem("incident_unknown"), true), "不归你");
});
