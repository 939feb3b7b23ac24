/* Questions of the desk to the API: every failure is one that can be said. */
import assert from "node:assert/strict";
import { test } from "node:test";

import * as server from "../../../dashboard/browser/desk/server.js";

function answering(make) {
  const asked = [];
  globalThis.fetch = async (address, options) => {
    asked.push([address, options.method ?? "GET", options.body]);
    return make();
  };
  return asked;
}

const failure = async (promise) => {
  const error = await promise.then(() => assert.fail("it was answered"), (reason) => reason);
  assert.ok(error instanceof server.Refused);
  return [error.status, error.code, error.values];
};

test("a question leaves out what says nothing, and keeps zeros", async () => {
  const asked = answering(() => Response.json({ rows: [] }));
  assert.deepEqual(await server.get("desk/queue", { q: "", limit: 0, after: null, queue: "路灯 &" }), { rows: [] });
  await server.get("session");
  assert.deepEqual(asked.map(([address]) => address), ["/api/v1/desk/queue?limit=0&queue=%E8%B7%AF%E7%81%AF+%26", "/api/v1/session"]);
});

test("an answer without content is null", async () => {
  const asked = answering(() => new Response(null, { status: 204 }));
  assert.equal(await server.remove("session"), null);
  assert.equal(asked[0][1], "DELETE");
});

test("the server's no comes with its code and values", async () => {
  answering(() => Response.json({ error: { code: "step_overtaken", message: "overtaken", values: { n: 5 } } }, { status: 409 }));
  assert.deepEqual(await failure(server.post("incidents/7/events", { kind: "noted" })), [409, "step_overtaken", { n: 5 }]);
});

test("no network, a page of something in between, and an error without a code can be said, too", async () => {
  answering(() => {
    throw new TypeError("network");
  });
  assert.deepEqual(await failure(server.get("units")), [0, "no_answer", {}]);
  answering(() => new Response("<html>", { status: 200 }));
  assert.deepEqual(await failure(server.get("units")), [0, "no_answer", {}]);
  answering(() => Response.json({ detail: "?" }, { status: 500 }));
  assert.deepEqual(await failure(server.get("units")), [500, "internal", {}]);
});
