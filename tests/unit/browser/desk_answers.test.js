/* What a form of the desk says, and what it still must say. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { detail, lacking } from "../../../dashboard/browser/desk/answers.js";
import { numberOf } from "../../../dashboard/browser/desk/fields.js";
import { keyOf } from "../../../dashboard/browser/desk/keys.js";
import { kindOf, LETTERS } from "../../../dashboard/browser/desk/letters.js";
import { configure } from "../../../dashboard/browser/lib/config.js";

const TEXTS = {
  "desk.must_say": "要写{what}", "desk.must_say_one": "要写{what}", "desk.or": "或", "desk.choose_grid": "要选网格", "desk.must_place": "要定位",
  "desk_said.reason": "原因", "desk_said.days": "天数", "desk_said.lat": "纬度", "desk_said.category": "类别", "desk_said.means": "手段",
};
configure({ language: "zh", timezone: "Asia/Shanghai", texts: TEXTS });

const field = (name, value, { required = false, hidden = false, pending = false } = {}) => ({ name, required, node: { hidden }, read: () => value, pending: () => pending });
const form = (fields, more = {}) => ({ kind: "noted", key: "k1", oneOf: [], fields, ...more });
const lack = (...given) => {
  const found = lacking(form(...given));
  return found && [found.field?.name, found.text];
};

test("what is answered is said, with the key; what is hidden or left open is not", () => {
  const fields = [field("note", "好"), field("unit", undefined), field("reason", "x", { hidden: true })];
  assert.deepEqual(detail(form(fields)), { key: "k1", note: "好" });
});

test("a place by degrees names its coordinate system, one by its grid does not", () => {
  const place = (lon, lat, grid) => [field("lon", lon), field("lat", lat), field("grid_code", grid)];
  assert.deepEqual(detail(form(place(120.3, 31.9))), { key: "k1", lon: 120.3, lat: 31.9, coordinate_system: "wgs84" });
  assert.deepEqual(detail(form(place(undefined, undefined, "3:a"))), { key: "k1", grid_code: "3:a" });
});

test("what is required must be said, where it is asked", () => {
  assert.deepEqual(lack([field("reason", undefined, { required: true })]), ["reason", "要写原因"]);
  assert.equal(lack([field("reason", undefined, { required: true, hidden: true })]), null);
  assert.equal(lack([field("reason", "因为", { required: true })]), null);
});

test("an extension says days or hours", () => {
  assert.deepEqual(lack([field("days"), field("hours")], { kind: "extended" }), ["days", "要写天数"]);
  assert.equal(lack([field("days"), field("hours", 4)], { kind: "extended" }), null);
});

test("a place is whole: both degrees, or a grid that was chosen and not only typed", () => {
  const place = (lon, lat, grid, pending = false) => [field("lon", lon), field("lat", lat), field("grid_code", grid, { pending })];
  const more = { kind: "located", oneOf: ["lon", "grid_code"] };
  assert.deepEqual(lack(place(), more), ["grid_code", "要定位"]);
  assert.deepEqual(lack(place(120.3, undefined), more), ["lat", "要写纬度"]);
  assert.deepEqual(lack(place(undefined, undefined, undefined, true), more), ["grid_code", "要选网格"]);
  assert.equal(lack(place(120.3, 31.9), more), null);
  assert.equal(lack(place(undefined, undefined, "3:a"), more), null);
});

test("of some things one must be said, whichever it is", () => {
  const more = { kind: "corrected", oneOf: ["category", "means"] };
  assert.deepEqual(lack([field("category"), field("means")], more), ["category", "要写类别或手段"]);
  assert.equal(lack([field("category"), field("means", "service")], more), null);
});

test("an incident's number as it is printed or typed on a phone", () => {
  for (const typed of ["93471", "#93471", " # 93471 ", "９３４７１", "93471号", "第93471号", "No. 93471"]) assert.equal(numberOf(typed), 93471, typed);
  for (const typed of ["", "93471a", "12 34", "1e5", "-3"]) assert.equal(numberOf(typed), undefined, typed);
});

test("every step has a letter of its own, and the signs of a Chinese keyboard mean the key they stand on", () => {
  assert.equal(new Set(Object.values(LETTERS)).size, Object.keys(LETTERS).length);
  assert.equal(kindOf("."), "corrected");
  assert.equal(kindOf("j"), null);
  const keys = { V: "v", "ｖ": "v", "。": ".", "、": "/", "？": "?", Enter: "Enter" };
  for (const [key, meant] of Object.entries(keys)) assert.equal(keyOf({ key }), meant, key);
});
