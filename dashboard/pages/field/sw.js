/* The service worker: the page opens without a network, and the outbox is sent when it is back, with the page closed.
The server writes the version and the list of files into it; each version has a cache of its own, whole or not at all. */

import { retryNow } from "/browser/__MODULES__/field/outbox.js";
import { sendDue } from "/browser/__MODULES__/field/sender.js";

/** @typedef {ExtendableEvent} SyncEvent of which TypeScript knows nothing: not all browsers have it */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = "grid-field-__VERSION__";
const PAGE = "/field";
const FILES = __FILES__;
// The steps and what each must say: of the version that the page is of.
const STEPS = "/api/v1/steps";
const PATIENCE_MS = 4_000;

worker.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => worker.skipWaiting()));
});

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll([PAGE, ...FILES].map((address) => new Request(address, { cache: "reload" })));
  // The page opens without them, too: they come with the first answer of the server.
  await cache.add(new Request(STEPS, { cache: "reload" })).catch(() => {});
}

worker.addEventListener("activate", (event) => {
  event.waitUntil(tidy().then(() => worker.clients.claim()));
});

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("grid-field-") && name !== CACHE).map((name) => caches.delete(name)));
}

worker.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== worker.location.origin) return;
  if (event.request.mode === "navigate" && pathname === PAGE) event.respondWith(page(event.request));
  else if (pathname === STEPS || FILES.includes(pathname)) event.respondWith(file(event.request));
});

/**
 * The page of the network where it comes soon, else the one that was kept with its files.
 * @param {Request} request
 */
async function page(request) {
  const kept = await caches.match(PAGE, { cacheName: CACHE });
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  const network = fetch(request).then((answer) => (answer.ok ? answer : kept), () => kept);
  return Promise.race([network, late]);
}

/** @param {Request} request */
async function file(request) {
  return (await caches.match(request, { cacheName: CACHE })) || fetch(request);
}

worker.addEventListener("sync", (event) => /** @type {SyncEvent} */ (event).waitUntil(sendAll()));

/* An error makes the browser try again later, by its own judgement. */
async function sendAll() {
  await retryNow();
  const { reached } = await sendDue();
  if (!reached) throw new Error("not reached");
}
