/* Where a point lies by the borders that the phone keeps, and which categories stand first. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { startPhone } from "./fake_phone.js";

startPhone();
const { partAt } = await import("../../../dashboard/browser/field/area.js");
const { byUse } = await import("../../../dashboard/browser/field/categories.js");

const square = (west, south, size) => [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]];
const PARTS = [{ id: "3:a", code: "a", name: "A", label: [1, 1] }, { id: "3:b", code: "b", name: "B", label: [1, 1] }];

test("a point in the hole of a grid lies in what fills the hole", () => {
  const area = { parts: PARTS, shapes: [{ code: "a", rings: [square(0, 0, 10), square(4, 4, 2)] }, { code: "b", rings: [square(4, 4, 2)] }] };
  assert.equal(partAt(area, 1, 1).code, "a");
  assert.equal(partAt(area, 5, 5).code, "b");
  assert.equal(partAt(area, 11, 5), null);
});

test("a grid of several pieces holds the points of each, and none between them", () => {
  const area = { parts: PARTS, shapes: [{ code: "a", rings: [square(0, 0, 2), square(8, 0, 2)] }] };
  assert.equal(partAt(area, 1, 1).code, "a");
  assert.equal(partAt(area, 9, 1).code, "a");
  assert.equal(partAt(area, 5, 1), null);
});

test("what one does oneself says more than what lies around; alike, the code decides", () => {
  const categories = ["03", "02", "01", "04"].map((code) => ({ code, zh: code, en: code }));
  const codes = (around, used) => byUse(categories, around, used).map(({ code }) => code);
  assert.deepEqual(codes({}, {}), ["01", "02", "03", "04"]);
  assert.deepEqual(codes({ "03": 4, "04": 6 }, {}), ["04", "03", "01", "02"]);
  assert.deepEqual(codes({ "03": 4, "04": 6 }, { "03": 1 }), ["03", "04", "01", "02"]);
});
