/* What a page begins ends with it; news reaches those that follow it, until then. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import * as lifetime from "../../../dashboard/browser/lib/lifetime.js";
import { signal } from "../../../dashboard/browser/lib/signal.js";

mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
beforeEach(() => lifetime.begin());

test("timers run while the page stands, and not after", () => {
  const calls = [];
  lifetime.every(100, () => calls.push("every"));
  lifetime.after(150, () => calls.push("after"));
  mock.timers.tick(250);
  assert.deepEqual(calls, ["every", "after", "every"]);
  lifetime.after(50, () => calls.push("too late"));
  lifetime.end();
  mock.timers.tick(1000);
  assert.deepEqual(calls, ["every", "after", "every"]);
});

test("a call that was called off does not come, and is not kept", () => {
  const kept = lifetime.size();
  const callOff = lifetime.after(100, () => assert.fail("called off"));
  assert.equal(lifetime.size(), kept + 1);
  callOff();
  assert.equal(lifetime.size(), kept);
  mock.timers.tick(1000);
});

test("a call that came is not kept", () => {
  const kept = lifetime.size();
  for (let i = 0; i < 100; i += 1) lifetime.after(10, () => {});
  mock.timers.tick(10);
  assert.equal(lifetime.size(), kept);
});

test("nothing begins on a page that has ended", () => {
  lifetime.end();
  lifetime.every(10, () => assert.fail("ended"));
  lifetime.after(10, () => assert.fail("ended"));
  const target = new EventTarget();
  lifetime.listen(target, "news", () => assert.fail("ended"));
  target.dispatchEvent(new Event("news"));
  mock.timers.tick(100);
  assert.equal(lifetime.patience().aborted, true);
});

test("listeners and requests end with the page, the youngest undone first", () => {
  const target = new EventTarget();
  let heard = 0;
  lifetime.listen(target, "news", () => (heard += 1));
  const waiting = lifetime.patience();
  const undone = [];
  lifetime.atEnd(() => undone.push("first"));
  lifetime.atEnd(() => undone.push("second"));
  target.dispatchEvent(new Event("news"));
  lifetime.end();
  target.dispatchEvent(new Event("news"));
  assert.equal(heard, 1);
  assert.equal(waiting.aborted, true);
  assert.deepEqual(undone, ["second", "first"]);
});

test("news comes in the order of following, until the page ends", () => {
  const news = signal();
  const heard = [];
  news.follow((value) => heard.push(`a${value}`));
  news.follow((value) => heard.push(`b${value}`));
  news.emit(1);
  lifetime.end();
  news.emit(2);
  assert.deepEqual(heard, ["a1", "b1"]);
});
