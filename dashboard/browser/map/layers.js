/* The layers a viewer switches on: which, kept in the address; their documents, asked for no more often than they can
   change; nothing at all while none is on. What they look like is in layers_drawn.js. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const BETWEEN_MS = 500; // of a view that changes, as playback's
  const RETRY_MS = 5000;
  const PATIENCE_MS = 30e3;
  const LOOK_MS = 1000;

  const chosen = new Set();
  const asking = new Map(); // layer -> { url, at, underWay, failed }
  const held = new Map(); // layer -> { url, document }
  let requests = 0;

  const known = () => center.config.styles.layers;
  const isOn = (key) => chosen.has(key);

  /* Where a layer's document of this view and moment is; null while the page waits for the moment. */
  function urlOf(key) {
    const { url, of_moment: ofMoment, paint } = known()[key];
    const { within } = center.view.current();
    const parts = within ? [`within=${encodeURIComponent(within)}`] : [];
    if (paint === "outline") parts.push(`detail=${center.map.detail()}`);
    if (ofMoment && center.timeMachine.isPast()) {
      const { drawn } = center.timeMachine.state();
      if (drawn === null) return null;
      parts.push(`moment=${encodeURIComponent(new Date(drawn).toISOString())}`, `known=${center.timeMachine.drawnAs()}`);
    }
    return parts.length ? `${url}?${parts.join("&")}` : url;
  }

  /* Ask for whatever is due; called whenever something may have become so. */
  function follow() {
    if (!chosen.size || !center.grids.ready()) return;
    chosen.forEach((key) => {
      const url = urlOf(key);
      const last = asking.get(key);
      if (url === null || last?.underWay) return;
      const waited = Date.now() - (last?.at ?? 0);
      const needed = !last ? 0 : last.failed ? RETRY_MS : url !== last.url ? BETWEEN_MS : 1000 * known()[key].every_s;
      if (waited >= needed) ask(key, url);
    });
  }

  async function ask(key, url) {
    const mine = { url, at: Date.now(), underWay: true, failed: false };
    asking.set(key, mine);
    requests += 1;
    let found = null;
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      found = await answer.json();
    } catch {
      mine.failed = true;
    }
    mine.underWay = false;
    if (asking.get(key) !== mine) return; // switched off, perhaps on again
    if (found) hold(key, url, found);
    else if (held.get(key)?.url !== urlOf(key)) drop(key); // of another place or time: better nothing
    center.view.publish();
    follow();
  }

  function hold(key, url, document) {
    held.set(key, { url, document });
    center.layersDrawn.draw(key, document);
  }

  function drop(key) {
    if (held.delete(key)) center.layersDrawn.clear(key);
  }

  /* On or off; of the grounds only one is on. */
  function choose(key, on) {
    if (on === isOn(key)) return;
    if (on && known()[key].place === "ground") {
      [...chosen].filter((other) => known()[other].place === "ground").forEach((other) => choose(other, false));
    }
    if (on) {
      chosen.add(key);
    } else {
      chosen.delete(key);
      asking.delete(key);
      drop(key);
    }
  }

  /* These, and no others. */
  function set(wanted) {
    Object.keys(known()).forEach((key) => choose(key, wanted.includes(key)));
    render();
    follow();
  }

  function toggle(key) {
    choose(key, !isOn(key));
    writeAddress();
    render();
    center.view.publish();
    follow();
  }

  function fromAddress() {
    const listed = (new URLSearchParams(location.search).get("layers") ?? "").split(",");
    return Object.keys(known()).filter((key) => listed.includes(key));
  }

  /* As part of an address; "" while none is on. */
  const query = () => (chosen.size ? `layers=${[...chosen].join(",")}` : "");

  /* The view writes its own part of the address, without ours. */
  function writeAddress() {
    const others = location.search.slice(1).split("&").filter((part) => part && !part.startsWith("layers="));
    const wanted = `?${[...others, query()].filter(Boolean).join("&")}`;
    if (wanted !== location.search) history.replaceState(history.state, "", wanted);
  }

  function viewChanged() {
    writeAddress();
    follow();
  }

  function render() {
    document.querySelectorAll("[data-layer]").forEach((button) => {
      button.setAttribute("aria-pressed", String(isOn(button.dataset.layer)));
    });
    const count = document.getElementById("layers-count");
    if (count) count.textContent = chosen.size ? ` ${chosen.size}` : "";
  }

  function start() {
    set(fromAddress());
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-layer]");
      if (button) toggle(button.dataset.layer);
    });
    // Before the view, which writes the address anew.
    window.addEventListener("popstate", () => set(fromAddress()), true);
    setInterval(follow, LOOK_MS);
    center.layersDrawn.start();
  }

  /* What the legend says: every layer that is on, in the order of the list. */
  const told = () =>
    Object.entries(known()).filter(([key]) => isOn(key)).map(([key, { place, paint, of_moment: ofMoment }]) => ({
      key, place, paint, ofMoment, document: held.get(key)?.document ?? null, failed: asking.get(key)?.failed ?? false,
    }));

  const state = () => ({
    chosen: [...chosen],
    drawn: Object.fromEntries([...held].map(([key, { url }]) => [key, url])),
    requests,
  });

  center.layers = { start, set, follow, viewChanged, query, told, state };
})();
