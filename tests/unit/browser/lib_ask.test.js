/* One question to the API: what is sent, and when patience ends. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { ask } from "../../../dashboard/browser/lib/ask.js";

function listening(make) {
  const asked = [];
  globalThis.fetch = (address, options) => {
    asked.push({ address, ...options });
    return make(options);
  };
  return asked;
}

test("JSON is written as such, anything else goes as it is with its type", async () => {
  const asked = listening(async () => new Response("yes", { status: 201 }));
  const { answer, text } = await ask("POST", "/incidents", { json: { a: 1 }, patience_ms: 1000 });
  assert.deepEqual([answer.status, text], [201, "yes"]);
  await ask("POST", "/photos", { body: "bytes", type: "image/jpeg", token: "t1", patience_ms: 1000 });
  await ask("GET", "/grids", { patience_ms: 1000 });
  assert.deepEqual(asked.map(({ address, method, headers, body, cache }) => ({ address, method, headers, body, cache })), [
    { address: "/api/v1/incidents", method: "POST", headers: { "Content-Type": "application/json" }, body: '{"a":1}', cache: "no-store" },
    { address: "/api/v1/photos", method: "POST", headers: { "Content-Type": "image/jpeg", Authorization: "Bearer t1" }, body: "bytes", cache: "no-store" },
    { address: "/api/v1/grids", method: "GET", headers: {}, body: undefined, cache: "no-store" },
  ]);
});

test("an answer that never comes is given up", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  listening(({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))));
  const question = ask("GET", "/grids", { patience_ms: 20_000 });
  context.mock.timers.tick(19_999);
  const still = await Promise.race([question.then(() => "ended", () => "ended"), Promise.resolve("waiting")]);
  assert.equal(still, "waiting");
  context.mock.timers.tick(1);
  await assert.rejects(question, { name: "AbortError" });
});

test("patience is for the whole answer, not for its beginning alone", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  listening(async ({ signal }) => ({ status: 200, text: () => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))) }));
  const question = ask("GET", "/grids", { patience_ms: 20_000 });
  await Promise.resolve();
  context.mock.timers.tick(20_000);
  await assert.rejects(question, { name: "AbortError" });
});
