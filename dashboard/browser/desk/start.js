/* The desk begins: its modules are put together, words and numbers are those of the overview, the stream is followed. */
import * as grids from "../city/grids.js";
import { configure } from "../lib/config.js";
import { t } from "../lib/format.js";
import * as lifetime from "../lib/lifetime.js";
import "../lib/skip.js";
import * as paper from "../paper/paper.js";
import * as freshness from "../stream/freshness.js";
import * as picture from "../stream/picture.js";
import * as stream from "../stream/stream.js";
import { above } from "./above.js";
import { back, keepAddress, wantedId } from "./address.js";
import { deskConfig } from "./config.js";
import * as dialog from "./dialog.js";
import { byId } from "./dom.js";
import * as follow from "./follow.js";
import * as form from "./form.js";
import * as incident from "./incident.js";
import * as keys from "./keys.js";
import * as map from "./map.js";
import * as names from "./names.js";
import * as queue from "./queue.js";
import { complain } from "./say.js";
import * as session from "./session.js";
import * as support from "./support.js";

const LOOK_MS = 250;

function connectModules() {
  Object.assign(above, {
    openedId: incident.openedId,
    shownIncident: incident.shown,
    hasArrived: incident.arrived,
    openIncident: incident.open,
    reloadIncident: incident.reload,
    openForm: form.open,
    submitForm: form.submit,
    formKind: form.kind,
    placed: form.placed,
    frameOpened: queue.showActive,
    keepAddress,
    followNow: follow.immediately,
    followSoon: follow.soon,
  });
}

function preferences() {
  document.querySelectorAll("[data-prefer]").forEach((link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const kept = new URLSearchParams(location.search).toString();
      location.assign(`/desk?${link.getAttribute("data-prefer")}${kept ? `&${kept}` : ""}`);
    });
  });
}

async function begin() {
  const title = t("desk.title_of", { city: grids.city() });
  byId("city").textContent = title;
  document.title = title;
  byId("demo").textContent = grids.demo() ? t("page.demo") : "";
  stream.connect(deskConfig().stream);
  map.start();
  await Promise.all([names.load().catch(complain), session.load().catch(complain)]);
  await follow.immediately();
  const wanted = wantedId() || queue.rows()[0]?.id;
  if (wanted) await incident.open(wanted);
  else incident.nothing();
  form.restore();
  setInterval(follow.look, LOOK_MS);
}

/**
 * @param {import("../types").Config} config
 * @returns {void}
 */
export function start(config) {
  lifetime.begin();
  configure(config);
  connectModules();
  support.open();
  freshness.start();
  picture.start();
  paper.start({ redraw() {}, paintOver: null });
  stream.start();
  queue.start();
  keys.start();
  preferences();
  window.addEventListener("popstate", back);
  byId("show-keys").addEventListener("click", dialog.keys);
  grids.load(freshness.say).then(begin);
}
