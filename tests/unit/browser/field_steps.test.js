/* What the phone offers next, by the rules that the server declared. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { startPhone, startServer } from "./fake_phone.js";

startPhone();
const { asksNote, asksPlace, knownSteps, offered, possibleAfter } = await import("../../../dashboard/browser/field/steps.js");

const step = (kind, more = {}) => ({
  kind, says: [], one_of: [], needs_reason: false, stages: ["dispatched"], leads_to: {}, roles: ["grid_worker"],
  suspended: null, appealed: null, suspended_after: null, appealed_after: null, by_hand: true, ...more,
});
const says = (name, required = true) => [{ name, type: "text", required }];
const map = (...steps) => new Map(steps.map((one) => [one.kind, one]));
const ROW = { stage: "dispatched", suspended: false, appealed: false };

test("the usual next step stands first, others that a grid worker may take behind them", () => {
  const steps = map(step("merged"), step("noted"), step("handled"), step("claimed"));
  assert.deepEqual(offered(["merged", "noted", "handled", "claimed"], steps), ["claimed", "handled", "noted", "merged"]);
});

test("what others take, what comes by another door, and what a phone cannot ask is not offered", () => {
  const steps = map(
    step("claimed"),
    step("filed", { roles: ["center"] }),
    step("attached", { by_hand: false }),
    step("suspended", { says: says("days") }),
    step("categorised", { one_of: ["category", "means"] }),
    step("located", { one_of: ["grid_code", "lon"] }),
    step("extended", { says: says("days", false) }),
  );
  assert.deepEqual(offered([...steps.keys()], steps), ["claimed", "located", "extended"]);
});

test("where the rules were never heard, the usual steps that the server allows are offered", () => {
  assert.deepEqual(offered(["handled", "filed", "claimed"], map()), ["claimed", "handled"]);
});

test("what a form asks for", () => {
  assert.equal(asksPlace(step("located", { says: says("grid_code", false) })), true);
  assert.equal(asksPlace(step("noted", { says: says("note") })), false);
  assert.equal(asksNote(step("noted", { says: says("note") })), true);
  assert.equal(asksNote(step("handled", { says: says("note", false) })), false);
});

test("after steps that have not arrived yet, what follows them", () => {
  const steps = map(
    step("claimed", { leads_to: { dispatched: "claimed" } }),
    step("handled", { stages: ["claimed"], leads_to: { claimed: "handled" } }),
    step("checked", { stages: ["handled"], roles: ["center"] }),
    step("noted", { stages: ["dispatched", "claimed", "handled"] }),
  );
  assert.deepEqual(possibleAfter(ROW, [], "grid_worker", steps), ["claimed", "noted"]);
  assert.deepEqual(possibleAfter(ROW, ["claimed"], "grid_worker", steps), ["handled", "noted"]);
  assert.deepEqual(possibleAfter(ROW, ["claimed", "handled"], "grid_worker", steps), ["noted"]);
  assert.deepEqual(possibleAfter(ROW, ["claimed", "handled"], "center", steps), ["checked"]);
});

test("a step of which nothing is known changes nothing", () => {
  const steps = map(step("noted"));
  assert.deepEqual(possibleAfter(ROW, ["teleported"], "grid_worker", steps), ["noted"]);
});

test("suspended and appealed count, as they are after what is pending", () => {
  const steps = map(
    step("appealed", { appealed: false, appealed_after: true }),
    step("appeal_decided", { appealed: true, appealed_after: false }),
    step("resumed", { suspended: true }),
  );
  assert.deepEqual(possibleAfter(ROW, [], "grid_worker", steps), ["appealed"]);
  assert.deepEqual(possibleAfter(ROW, ["appealed"], "grid_worker", steps), ["appeal_decided"]);
  assert.deepEqual(possibleAfter({ ...ROW, suspended: true }, [], "grid_worker", steps), ["appealed", "resumed"]);
});

test("the rules are empty where they were never heard, and kept once they were", async () => {
  startServer({});
  assert.deepEqual(await knownSteps(), new Map());
  startServer({ "GET /steps": () => ({ data: { steps: [step("claimed")] } }) });
  assert.deepEqual([...(await knownSteps()).keys()], ["claimed"]);
  startServer({});
  assert.deepEqual([...(await knownSteps()).keys()], ["claimed"]);
});
