/* The outbox of a phone and what sends it: nothing is lost, nothing is done twice, nothing goes out in another's name. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { startPhone, startServer } from "./fake_phone.js";

startPhone();
const { addReport, addStep, amend, discard, retryNow } = await import("../../../dashboard/browser/field/outbox.js");
const { expected, sendDue } = await import("../../../dashboard/browser/field/sender.js");
const { dropEntry, entries, entry, keep } = await import("../../../dashboard/browser/field/vault.js");

const WANG = { id: "p1", name: "王芳" };
const LABEL = { title: "路灯不亮", category: { zh: "路灯", en: "Street light" } };
const REPORT = { category: "0101", title: "路灯不亮", grid_code: "320281104001" };
const PHOTO = { content: new Uint8Array([1, 2, 3]).buffer, type: "image/jpeg" };
const STEP = { kind: "handled", detail: { note: "已修好" } };
const SEEN = { n: 4, last_at: "2026-03-01T08:00:00Z" };

const session = (person = WANG) => ({ "GET /session": () => ({ data: { person, role: "grid_worker", within: [] } }) });
const steps = (asked) => asked.filter(({ call }) => call.endsWith("/events")).map(({ json }) => json);

beforeEach(async () => {
  for (const one of await entries()) await dropEntry(one.id);
  await keep("me", { person: WANG, role: "grid_worker", within: [] });
});

test("a report goes out with its photos and its step, in this order", async () => {
  const id = await addReport(WANG, LABEL, REPORT, [PHOTO], { kind: "self_handled", detail: {} });
  const asked = startServer({
    ...session(),
    "POST /incidents": () => ({ data: { id: 7 } }),
    "POST /incidents/7/photos": () => ({ data: { n: 2 } }),
    "POST /incidents/7/events": () => ({ data: {} }),
  });
  assert.deepEqual(await sendDue(), { open: 0, next_at: 0, reached: true });
  assert.deepEqual(asked.map(({ call }) => call), ["GET /session", "POST /incidents", "POST /incidents/7/photos", "POST /incidents/7/events"]);
  assert.deepEqual({ ...asked[1].json, reported_at: null }, { ...REPORT, source: "grid", source_id: id, reported_at: null });
  const sent = await entry(id);
  assert.equal(sent.state, "sent");
  assert.deepEqual(sent.photos, [{ n: 2 }], "the content of what has arrived is not kept");
});

test("without a network all stays, and is due again later", async () => {
  const id = await addReport(WANG, LABEL, REPORT, [], null);
  startServer({});
  const { open, next_at, reached } = await sendDue();
  assert.deepEqual([open, reached], [1, false]);
  assert.ok(next_at > (await entry(id)).made_at);
  assert.equal((await entry(id)).tries, 1);
  assert.deepEqual((await sendDue()).reached, true, "nothing is due: nobody was asked");
  await retryNow();
  startServer({ ...session(), "POST /incidents": () => ({ data: { id: 7 } }) });
  assert.equal((await sendDue()).open, 0);
});

test("what broke off half-way goes on where it was: a report is sent once, a step keeps its key", async () => {
  const id = await addReport(WANG, LABEL, REPORT, [PHOTO], STEP);
  const first = startServer({ ...session(), "POST /incidents": () => ({ data: { id: 7 } }), "POST /incidents/7/photos": () => ({ data: { n: 2 } }), "POST /incidents/7/events": () => ({ status: 503, data: {} }) });
  assert.deepEqual((await sendDue()).reached, true);
  assert.equal((await entry(id)).incident, 7);
  await retryNow();
  const second = startServer({ ...session(), "POST /incidents/7/events": () => ({ data: {} }) });
  assert.equal((await sendDue()).open, 0);
  assert.deepEqual(second.map(({ call }) => call), ["GET /session", "POST /incidents/7/events"]);
  assert.deepEqual(steps(second), steps(first), "the same step at the same time, with the same key");
});

test("what the server refuses stays with the reason, and does not go out again by itself", async () => {
  const id = await addStep(WANG, LABEL, 7, SEEN, STEP, []);
  startServer({ ...session(), "POST /incidents/7/events": () => ({ status: 409, data: { error: { code: "step_overtaken", message: "overtaken", values: { n: 5 } } } }) });
  assert.deepEqual(await sendDue(), { open: 0, next_at: 0, reached: true });
  const refused = await entry(id);
  assert.equal(refused.state, "refused");
  assert.deepEqual(refused.problem, { status: 409, code: "step_overtaken", message: "overtaken", values: { n: 5 } });
  const asked = startServer(session());
  await sendDue();
  assert.deepEqual(asked, []);
});

test("a step that was amended is another step", async () => {
  const id = await addStep(WANG, LABEL, 7, SEEN, STEP, []);
  const before = (await entry(id)).step.key;
  await amend(id, (found) => ({ ...found, seen_n: null }));
  const amended = await entry(id);
  assert.notEqual(amended.step.key, before);
  assert.deepEqual([amended.state, amended.seen_n, amended.tries], ["waiting", null, 0]);
});

test("an entry waits for those before it on the same incident, and not for those on others", async () => {
  const [first, second, other] = [await addStep(WANG, LABEL, 7, SEEN, STEP, []), await addStep(WANG, LABEL, 7, { ...SEEN, n: null }, STEP, []), await addStep(WANG, LABEL, 8, SEEN, STEP, [])];
  const no = () => ({ status: 422, data: { error: { code: "step_illegal", message: "no" } } });
  const asked = startServer({ ...session(), "POST /incidents/7/events": no, "POST /incidents/8/events": () => ({ data: {} }) });
  await sendDue();
  const states = await Promise.all([first, second, other].map(async (id) => (await entry(id)).state));
  assert.deepEqual(states, ["refused", "waiting", "sent"]);
  assert.equal(steps(asked).length, 2);
});

test("what one person did does not go out in the name of the next", async () => {
  const id = await addStep(WANG, LABEL, 7, SEEN, STEP, []);
  const asked = startServer(session({ id: "p2", name: "李强" }));
  await sendDue();
  const found = await entry(id);
  assert.deepEqual([found.state, found.problem.code, found.problem.values.name], ["waiting", "other_person", "王芳"]);
  assert.deepEqual(asked.map(({ call }) => call), ["GET /session"]);
});

test("a step says what its maker had seen, and never lies before it", async () => {
  await addStep(WANG, LABEL, 7, { n: 4, last_at: "2099-01-01T00:00:00.000001Z" }, STEP, []);
  const asked = startServer({ ...session(), "POST /incidents/7/events": () => ({ data: {} }) });
  await sendDue();
  const [step] = steps(asked);
  assert.equal(step.expect_n, 4);
  assert.equal(step.at, "2099-01-01T00:00:00.001Z");
});

test("the page of a hotspot is no answer", async () => {
  const id = await addReport(WANG, LABEL, REPORT, [], null);
  globalThis.fetch = async () => new Response("<html>Sign in</html>", { status: 200 });
  assert.equal((await sendDue()).reached, false);
  assert.equal((await entry(id)).state, "waiting");
});

test("a report that was thrown away meanwhile does not come back", async () => {
  const id = await addReport(WANG, LABEL, REPORT, [PHOTO], null);
  startServer({ ...session(), "POST /incidents": () => {
    discard(id);
    return { data: { id: 7 } };
  } });
  await sendDue();
  assert.equal((await entry(id))?.state ?? "gone", "gone");
});

test("our own photos belong to what was seen, as far as nothing of others lies between", () => {
  const photos = (...numbers) => numbers.map((n) => ({ n }));
  assert.equal(expected(4, []), 4);
  assert.equal(expected(4, photos(6, 5)), 6);
  assert.equal(expected(4, photos(5, 7)), 5);
  assert.equal(expected(4, photos(6)), 4);
});
