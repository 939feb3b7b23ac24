/* The wall in the hands of a phone: a code in the corner, and a stream of commands. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const SHOWN_MS = 60e3;
  const STEP_MS = 1000;
  const SILENT_MS = 15e3; // the server says something every five seconds; an open line that does not is dead
  const BACKOFF_MS = [500, 1000, 2000, 4000, 8000];
  const KEY = "c";

  /* What this page calls itself, so that its phones stay with it when the line breaks. */
  const name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  let box = null;
  let source = null;
  let openedAt = 0;
  let heardAt = 0;
  let attempt = 0;
  let timer = 0;
  let pairing = null; // what the server said last: { code, expires_at, phones }
  let shownUntil = 0;

  const handlers = {
    pairing(message) {
      // A phone has used the code: nobody else needs to read the next one.
      if (pairing && message.phones > pairing.phones) shownUntil = 0;
      pairing = message;
      draw();
    },
    command: (message) => center.scenes.command(message),
    beat() {},
  };

  function open() {
    clearTimeout(timer);
    if (source) source.close();
    const opened = new EventSource(`/api/v1/walls/control?wall=${name}`);
    source = opened;
    openedAt = Date.now();
    Object.entries(handlers).forEach(([kind, handle]) => {
      opened.addEventListener(kind, (event) => {
        if (opened !== source) return;
        heardAt = Date.now();
        attempt = 0;
        handle(JSON.parse(event.data));
      });
    });
    opened.addEventListener("error", () => {
      if (opened !== source || opened.readyState !== EventSource.CLOSED) return;
      reopenLater();
      lookIfRefused();
    });
  }

  function reopenLater() {
    clearTimeout(timer);
    timer = setTimeout(open, BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)]);
    attempt += 1;
  }

  /* A stream does not say why it was refused. A screen whose key was revoked loads anew: the page then tells. */
  async function lookIfRefused() {
    try {
      if ((await fetch("/api/v1/session", { cache: "no-store" })).status === 401) location.reload();
    } catch {
      // Not reached: it is tried again.
    }
  }

  /* A code is shown as long as it is asked for, and only while the server stands by it. */
  function draw() {
    const now = Date.now();
    const valid = pairing && now - heardAt < SILENT_MS;
    const shows = Boolean(valid && now < shownUntil);
    box.hidden = !shows;
    const spaced = shows ? pairing.code.replace(/(...)(?=.)/g, "$1 ") : "";
    box.textContent = shows ? center.format.t("remote.code", { address: `${location.host}/remote`, code: spaced }) : "";
    // Over the map and not in the header: what stands there must not make room for a minute.
    if (!box.isConnected) {
      document.querySelector(".centre").append(box);
      center.standing.watch(box);
    }
  }

  function step() {
    const now = Date.now();
    if (source.readyState !== EventSource.CLOSED && now - heardAt > SILENT_MS && now - openedAt > SILENT_MS) open();
    draw();
  }

  function keyed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== KEY) return;
    shownUntil = Date.now() < shownUntil ? 0 : Date.now() + SHOWN_MS;
    draw();
  }

  /* Called once the scenes stand; a second call changes nothing. */
  function start() {
    if (box) return;
    box = document.createElement("span");
    box.id = "remote-code";
    box.className = "remote-code number";
    box.dataset.testid = "remote-code";
    shownUntil = Date.now() + SHOWN_MS;
    document.addEventListener("keydown", keyed);
    open();
    draw();
    setInterval(step, STEP_MS);
  }

  const state = () => ({ code: pairing && pairing.code, phones: pairing ? pairing.phones : 0, shown: Boolean(box && !box.hidden) });

  center.remote = { start, state };
})();
