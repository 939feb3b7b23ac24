/* The stream: one native EventSource, its messages handed on, and the truth about how fresh the picture is. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const STALE_MS = 10000;
  const SILENT_MS = 12000; // an open connection that says nothing for so long is dead (a laptop slept)
  const BACKOFF_MS = [500, 1000, 2000, 4000];

  let source = null;
  let address = null;
  let version = null;
  let heardAt = Date.now(); // when the numbers were the newest, by this machine's clock, as every age below
  let openedAt = 0;
  let attempt = 0;
  let reopenTimer = 0;
  let skewMs = 0;
  let dataAt = null; // when the numbers shown were known to be the newest
  let seq = null;
  let waiting = null;
  let told = {}; // the newest frame and map of the stream, drawn or not
  let held = false; // while the page shows another moment, the stream goes on and draws nothing
  let shown = null; // the frame on the page
  const watchers = new Set(); // who wants every frame of the stream, drawn or not

  const element = (id) => document.getElementById(id);
  const isStale = () => Date.now() - heardAt > STALE_MS;

  /* A server that lives may have lost its database: what counts is when its numbers were known to be the newest. */
  function heard(message, moment) {
    if (message.fresh === false) return; // the server lives, its data does not
    const ageMs = message.data_at ? Math.max(0, new Date(moment) - new Date(message.data_at)) : 0;
    heardAt = Date.now() - ageMs;
    attempt = 0;
    skewMs = new Date(moment).getTime() - Date.now();
    if (message.data_at) dataAt = message.data_at;
    tick();
  }

  /* How a picture comes onto the page, live or past. */
  const draw = {
    frame(message) {
      shown = message;
      center.map.points(message.points);
      center.publish("frame", message);
    },
    map(message) {
      center.map.pour(message);
      center.view.mapArrived(message);
    },
  };

  function take(kind, message) {
    told[kind] = message;
    if (!held) draw[kind](message);
  }

  function hold() {
    held = true;
  }

  function release() {
    held = false;
    Object.entries(told).forEach(([kind, message]) => draw[kind](message));
  }

  const handlers = {
    hello(message) {
      if (version !== null && version !== message.version) location.reload();
      version = message.version;
    },
    frame(message) {
      seq = message.seq;
      heard(message, message.moment);
      watchers.forEach((watcher) => watcher(message));
      take("frame", message);
    },
    map(message) {
      take("map", message);
    },
    beat(message) {
      if (message.seq !== undefined) seq = message.seq;
      heard(message, message.now);
    },
  };

  function open() {
    clearTimeout(reopenTimer);
    if (source) source.close();
    openedAt = Date.now();
    const opened = new EventSource(`/api/v1/stream?${address}`);
    source = opened;
    Object.entries(handlers).forEach(([name, handle]) => {
      opened.addEventListener(name, (event) => {
        if (opened === source) handle(JSON.parse(event.data));
      });
    });
    opened.addEventListener("error", () => {
      if (opened === source && opened.readyState === EventSource.CLOSED) reopenLater();
    });
  }

  function reopenLater() {
    clearTimeout(reopenTimer);
    reopenTimer = setTimeout(open, BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)]);
    attempt += 1;
  }

  /* Follow another view; the old stream ends. */
  function connect(query) {
    address = query;
    attempt = 0;
    told = {};
    open();
  }

  function guard() {
    const now = Date.now();
    if (source && now - heardAt > SILENT_MS && now - openedAt > SILENT_MS) open();
  }

  function showFreshness() {
    const { t, time, duration } = center.format;
    const stale = isStale();
    const word = dataAt === null ? t("fresh.waiting") : stale ? duration(Date.now() - heardAt) : t("fresh.live");
    const shown = dataAt === null ? [word] : [t("fresh.data", { time: time(dataAt) }), word];
    element("fresh").textContent = shown.join(" · ");
    if (stale) {
      document.documentElement.dataset.stale = "true";
      element("stale-text").textContent =
        waiting || (dataAt === null ? t("fresh.stale_never") : t("fresh.stale", { time: time(dataAt) }));
      element("stale-hint").textContent = waiting ? "" : t("fresh.stale_hint", { age: duration(Date.now() - heardAt) });
    } else {
      delete document.documentElement.dataset.stale;
    }
  }

  function tick() {
    if (!element("clock")) return;
    element("clock").textContent = center.format.time(new Date(Date.now() + skewMs));
    showFreshness();
  }

  /* Ages come from timestamps, not from counting ticks: a machine that slept wakes up stale. */
  function startClock() {
    heardAt = Date.now();
    const step = () => {
      guard();
      tick();
    };
    setInterval(step, 1000);
    document.addEventListener("visibilitychange", step);
    step();
  }

  /* Why there is no picture yet, as a key of the catalogue; null once there is one. */
  function say(key) {
    waiting = key === null ? null : center.format.t(key);
    element("notice").textContent = waiting ?? "";
  }

  center.live = {
    startClock, connect, isStale, say, draw, hold, release,
    watch: (watcher) => watchers.add(watcher),
    seq: () => seq,
    shown: () => shown,
    now: () => Date.now() + skewMs,
  };
})();
