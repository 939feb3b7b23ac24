/* The page: who, where we are in it, whether there is a network, and when the outbox is sent. */

import { byId, el } from "../lib/dom.js";
import { incidentView } from "./incident.js";
import { listView } from "./list.js";
import { me, refreshMe } from "./me.js";
import { onChange, retryNow } from "./outbox.js";
import { outboxView } from "./outbox_view.js";
import { reportView } from "./report.js";
import { dateSheets } from "../lib/printed.js";
import { sendDue } from "./sender.js";
import { entries } from "./vault.js";
import { postName, whoView } from "./who.js";
import { config, currentLanguage, currentTheme, dress, switchLanguage, switchTheme, t } from "./words.js";

/** @import { App, OwnedApp } from "./types" */
/** @typedef {(app: OwnedApp, id: number) => Promise<Node>} View */

/** @type {Record<string, View>} */
const VIEWS = { report: reportView, list: listView, outbox: outboxView, incident: incidentView, who: whoView };
const TABS = ["report", "list", "outbox"];
const TOAST_MS = 4_000;
const IDLE_MS = 60_000;
const SYNC_TAG = "outbox";

const header = byId("header");
const main = byId("main");
const nav = byId("nav");
const toastBox = byId("toast");

/** @type {ReturnType<typeof setTimeout> | undefined} */
let toastTimer;
// Of several views that were asked for, the last is drawn.
let lastTurn = 0;

/** @type {App} */
const app = {
  me: null,
  mine: null,
  go(view) {
    if (location.hash === `#${view}`) show();
    else location.hash = view;
  },
  async changed() {
    app.me = (await me()) || null;
    await drawFrame();
  },
  toast(text) {
    toastBox.textContent = text;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => (toastBox.textContent = ""), TOAST_MS);
  },
  count(n) {
    app.mine = n;
    drawFrame();
  },
  /* Calls `act` now and then, as long as the node is on the page and the page is seen. */
  whileShown(node, act, every_ms) {
    const timer = setInterval(() => {
      if (!node.isConnected) clearInterval(timer);
      else if (document.visibilityState === "visible") act();
    }, every_ms);
  },
  sendSoon() {
    askForSync();
    send();
  },
};

/* One sender at a time in this tab; a call during a run makes one more run. */
let sending = false;
let again = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

async function send() {
  again = true;
  if (sending) return;
  sending = true;
  try {
    while (again) {
      again = false;
      await sendOnce();
    }
  } finally {
    sending = false;
  }
}

async function sendOnce() {
  clearTimeout(timer);
  if (!navigator.onLine) return;
  const { next_at } = await sendDue();
  if (next_at) timer = setTimeout(send, Math.max(next_at - Date.now(), 500));
}

/**
 * Whether the browser sends later by itself; some do not, and TypeScript knows none that does.
 * @typedef {{ sync: { register(tag: string): Promise<void> } }} Syncing
 * @param {ServiceWorkerRegistration} registration
 * @returns {registration is ServiceWorkerRegistration & Syncing}
 */
const canSync = (registration) => "sync" in registration && Boolean(registration.sync);

async function askForSync() {
  navigator.storage?.persist?.();
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.getRegistration("/field");
  if (!registration || !canSync(registration)) return;
  // Some browsers know it and refuse it; then the page itself sends, whenever it is open.
  registration.sync.register(SYNC_TAG).catch(() => {});
}

/* The link past the header moves the focus; the hash, which names the view, stays as it is. */
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

/**
 * @param {App} one
 * @returns {one is OwnedApp}
 */
const isOwned = (one) => one.me !== null;

async function show() {
  const [asked, id] = location.hash.slice(1).split("/");
  const view = app.me ? (asked in VIEWS ? asked : "report") : "who";
  const turn = (lastTurn += 1);
  const node = await (isOwned(app) ? VIEWS[view](app, Number(id)) : whoView(app));
  if (turn !== lastTurn) return;
  main.replaceChildren(node);
  main.dataset.view = view;
  window.scrollTo(0, 0);
  await drawFrame();
}

async function drawFrame() {
  const open = (await entries()).filter((one) => one.state !== "sent");
  const refused = open.some((one) => one.state === "refused");
  header.replaceChildren(person(), el("div", { class: "switches" },
    el("button", { type: "button", onclick: restart(switchLanguage), lang: currentLanguage() === "zh" ? "en" : "zh", "data-testid": "language" }, t(currentLanguage() === "zh" ? "page.to_en" : "page.to_zh")),
    el("button", { type: "button", onclick: restart(switchTheme) }, t(currentTheme() === "dark" ? "page.to_light" : "page.to_dark"))));
  byId("offline").textContent = navigator.onLine ? "" : t("field.offline");
  nav.hidden = !app.me;
  nav.setAttribute("aria-label", t("field.title"));
  /** @type {Record<string, string | number>} */
  const counts = { report: "", list: app.mine ?? "", outbox: open.length || "" };
  nav.replaceChildren(...TABS.map((name) => {
    const current = main.dataset.view === name || (name === "list" && main.dataset.view === "incident");
    return el("a", { href: `#${name}`, "aria-current": current ? "page" : null, "data-testid": `tab-${name}` }, t(`field.tab_${name}`),
      counts[name] !== "" && el("span", { class: name === "outbox" && refused ? "badge light-red" : "badge" }, counts[name]));
  }));
}

function person() {
  if (!app.me) return el("strong", {}, t("field.title"));
  const { name, post, place } = app.me.person;
  return el("a", { href: "#who", class: "me", "data-testid": "me" }, el("strong", {}, name), el("span", { class: "quiet" }, `${place} ${postName(post)}`));
}

/** @param {() => void} act */
const restart = (act) => () => {
  act();
  show();
};

async function backOnline() {
  await drawFrame();
  await retryNow();
  await send();
}

async function start() {
  dress();
  dateSheets(config, t);
  window.addEventListener("hashchange", show);
  window.addEventListener("online", backOnline);
  window.addEventListener("offline", drawFrame);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  onChange(drawFrame);
  app.me = (await me()) || null;
  await show();
  document.documentElement.dataset.started = "true";
  if (navigator.serviceWorker) {
    // Without it the page still works and still keeps what is to be sent, but it does not open without a network.
    navigator.serviceWorker.register("/field/sw.js", { scope: "/field", type: "module", updateViaCache: "none" }).catch(() => {});
  }
  const before = JSON.stringify(app.me);
  app.me = await refreshMe();
  if (JSON.stringify(app.me) !== before) await show();
  await retryNow();
  await send();
  setInterval(send, IDLE_MS);
}

start();
