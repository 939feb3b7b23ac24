/* The truth about how fresh the picture is: the clock, the time of the numbers, and the band over what is stale. */
import { duration, t, time } from "../lib/format.js";
import { atEnd } from "../lib/lifetime.js";
import * as stream from "./stream.js";

/** @type {string | null} */
let waiting = null; // why there is no picture yet

/** @type {(id: string, text: string) => void} */
function write(id, text) {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
}

function show() {
  if (!document.getElementById("clock")) return;
  write("clock", time(new Date(stream.now())));
  const stale = stream.isStale();
  const at = stream.knownAt();
  const age = duration(stream.ageMs());
  const word = at === null ? t("fresh.waiting") : stale ? age : t("fresh.live");
  write("fresh", (at === null ? [word] : [t("fresh.data", { time: time(at) }), word]).join(" · "));
  if (stale) {
    document.documentElement.dataset.stale = "true";
    write("stale-text", waiting || (at === null ? t("fresh.stale_never") : t("fresh.stale", { time: time(at) })));
    write("stale-hint", waiting ? "" : t("fresh.stale_hint", { age }));
  } else {
    delete document.documentElement.dataset.stale;
  }
}

/**
 * Why there is no picture yet, as a key of the catalogue; null once there is one.
 * @param {string | null} key
 * @returns {void}
 */
export function say(key) {
  waiting = key === null ? null : t(key);
  write("notice", waiting ?? "");
}

/** @returns {void} */
export function start() {
  atEnd(() => delete document.documentElement.dataset.stale);
  stream.ticks.follow(show);
}
