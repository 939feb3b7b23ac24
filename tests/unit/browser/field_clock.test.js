import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { heard, latest, lightOf, now, upTo } from "../../../dashboard/browser/field/clock.js";

test("a time of the server is rounded up to a millisecond, so that a moment never lies before what it is of", () => {
  const whole = Date.parse("2026-03-01T08:00:00.123Z");
  assert.equal(upTo("2026-03-01T08:00:00.123Z"), whole);
  assert.equal(upTo("2026-03-01T08:00:00.123000Z"), whole);
  assert.equal(upTo("2026-03-01T08:00:00.123001Z"), whole + 1);
  assert.equal(upTo("2026-03-01T16:00:00.123400+08:00"), whole + 1);
});

test("the latest of some times, across zones", () => {
  assert.equal(latest([]), null);
  assert.equal(latest(["2026-03-01T08:00:00Z", "2026-03-01T15:59:00+08:00"]), "2026-03-01T08:00:00Z");
  assert.equal(latest(["2026-03-01T08:00:00Z", "2026-03-01T16:01:00+08:00"]), "2026-03-01T16:01:00+08:00");
});

test("the light of a row is the last change that has come", () => {
  const row = { light: "none", lights: [{ at: "2026-03-01T08:00:00Z", light: "green" }, { at: "2026-03-01T10:00:00Z", light: "red" }] };
  assert.equal(lightOf(row, Date.parse("2026-03-01T07:59:59Z")), "none");
  assert.equal(lightOf(row, Date.parse("2026-03-01T08:00:00Z")), "green");
  assert.equal(lightOf(row, Date.parse("2026-03-01T10:00:00Z")), "red");
});

test("a row that an earlier version of the page kept has the light of then", () => {
  assert.equal(lightOf({ light: "yellow" }, 0), "yellow");
});

test("the clock follows the server's, and an answer without a date changes nothing", () => {
  const here = Date.parse("2026-03-01T08:00:00Z");
  mock.timers.enable({ apis: ["Date"], now: here });
  assert.equal(now(), here);
  heard("Sun, 01 Mar 2026 09:00:00 GMT");
  // The header has whole seconds: the server is half a second further, on average.
  assert.equal(now(), here + 3_600_500);
  heard(null);
  heard("no date");
  assert.equal(now(), here + 3_600_500);
  mock.timers.tick(1_000);
  assert.equal(now(), here + 3_601_500);
});
