/* What the desk says: times in the city's zone, what is left of a clock, names, and what an event said. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { keepClock } from "../../../dashboard/browser/desk/clock.js";
import * as words from "../../../dashboard/browser/desk/words.js";
import { configure } from "../../../dashboard/browser/lib/config.js";

const TEXTS = {
  "desk_time.days": "{d} 天", "desk_time.days_hours": "{d} 天 {h} 时", "desk_time.hours_minutes": "{h} 时 {m} 分", "desk_time.minutes": "{m} 分",
  "desk_time.hours": "{h} 时", "desk_time.left": "还剩 {span}", "desk_time.overdue": "超时 {span}", "desk_time.suspended": "挂账", "desk_time.none": "无时限",
  "newest.uncategorised": "未分类", "newest.unlocated": "未定位", "page.path": " / ", "desk.in_area": "在{area}", "desk.nobody": "无人",
  "desk.person": "{name}（{post}）", "desk.center": "指挥中心", "desk.center_duty": "值班长", "desk_post.grid_worker": "网格员", "desk_reason.wrong_place": "不在此处",
};
configure({ language: "zh", timezone: "Asia/Shanghai", texts: TEXTS });

const NOW = "2026-03-01T16:30:00Z"; // 00:30 of 2 March in Shanghai
mock.timers.enable({ apis: ["Date"], now: Date.parse(NOW) });
keepClock(NOW);

const row = (more = {}) => ({ suspended: false, clock: null, lights: [], grid: null, area: null, address: "", ...more });

test("a moment is written in the city's zone, with the year where it is another", () => {
  assert.equal(words.when("2026-03-01T16:05:00Z"), "03-02 00:05");
  assert.equal(words.when("2025-11-30T01:02:00Z"), "2025-11-30 09:02");
  assert.equal(words.when(null), "–");
  assert.equal(words.when("no time"), "–");
});

test("what is left counts from the server's clock, not from the desk's", () => {
  const clock = { kind: "finish", due: "2026-03-01T18:00:00Z", yellow: null, share_left: null };
  assert.equal(words.left(row({ clock })), "还剩 1 时 30 分");
  keepClock("2026-03-01T18:10:00Z");
  assert.equal(words.left(row({ clock })), "超时 10 分");
  keepClock(NOW);
  assert.equal(words.left(row()), "无时限");
  assert.equal(words.left(row({ clock, suspended: true })), "挂账");
});

test("a span has its two largest units, and days alone where they are many", () => {
  const [hour, day] = [3_600_000, 86_400_000];
  assert.equal(words.span(59_999), "0 分");
  assert.equal(words.span(25 * hour), "1 天 1 时");
  assert.equal(words.span(10 * day + 5 * hour), "10 天");
  assert.equal(words.span(-5), "0 分");
});

test("the light of a row is the last change that has come", () => {
  const lights = [{ at: "2026-03-01T16:00:00Z", light: "green" }, { at: "2026-03-01T17:00:00Z", light: "red" }];
  assert.equal(words.light({ lights }, Date.parse("2026-03-01T15:59:59Z")), "none");
  assert.equal(words.light({ lights }, Date.parse("2026-03-01T16:59:59Z")), "green");
  assert.equal(words.light({ lights }, Date.parse("2026-03-01T17:00:00Z")), "red");
});

test("an incident is called by its category, and by its title where that says more", () => {
  const category = { code: "0101", zh: "路灯", en: "Street light" };
  assert.equal(words.what(category, ""), "路灯");
  assert.equal(words.what(category, "路灯"), "路灯");
  assert.equal(words.what(category, "路灯不亮"), "路灯不亮");
  assert.equal(words.what(category, "整条街黑着"), "路灯 · 整条街黑着");
  assert.equal(words.category({ code: "" }), "未分类");
});

test("a place by its grid, else by what is known of it", () => {
  assert.equal(words.place(row({ grid: { id: "3:a", name: "一格", path: ["城东", "一村", "一格"] } })), "城东 / 一村 / 一格");
  assert.equal(words.place(row({ area: { id: "1:e", name: "城东" }, address: "人民路 1 号" })), "未定位 · 在城东 · 人民路 1 号");
});

test("a person with the post, and the center by its name in both languages", () => {
  assert.equal(words.person(null), "无人");
  assert.equal(words.person({ person: "p1", name: "王芳", post: "grid_worker" }), "王芳（网格员）");
  assert.equal(words.person({ person: "center", name: "Duty officer", post: "" }), "值班长");
  assert.equal(words.unit("center"), "指挥中心");
  assert.equal(words.unit("u1"), "u1");
});

test("an event says what was said of it, in the catalogue's words where it has them; what only machines read is left out", () => {
  const said = (detail) => words.lines({ detail }).map(({ key, text }) => `${key}=${text}`);
  assert.deepEqual(said({ key: "abc", reason: "wrong_place", days: 2, note: "" }), ["days=2 天", "reason=不在此处"]);
  assert.deepEqual(said({ reason: "路太窄", into: 0 }), ["into=#0", "reason=路太窄"]);
  assert.deepEqual(words.lines({}), []);
});
