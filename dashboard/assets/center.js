/* The one namespace of the page, and how scripts reach Dash. Files load in alphabetical order; nothing runs before
   Dash calls `start`, so their order does not matter. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const clientside = (dash.gridCenter = dash.gridCenter || {});

  const RESIZED_MS = 250;

  center.config = null;

  /* A stored document of the page: panels that depend on it follow. Dash keeps every earlier document, for an undo that
     no page of ours has: a wall would fill its memory in a day. */
  center.publish = function (store, data) {
    window.dash_clientside.set_props(store, { data });
    const history = window.store?.getState().history;
    if (history) history.past.length = 0;
  };

  /* What is drawn in pixels follows a window that changes its size. */
  function resized() {
    if (center.live.shown()) center.publish("frame", { ...center.live.shown() });
  }

  /* Dash calls this once, when the layout stands. */
  clientside.start = function (config) {
    if (center.config) return window.dash_clientside.no_update;
    center.config = config;
    center.live.startClock();
    center.view.start();
    center.map.start();
    center.timeMachine.start();
    center.cases.start();
    center.alerts.start();
    let timer = 0;
    window.addEventListener("resize", () => {
      clearTimeout(timer);
      timer = setTimeout(resized, RESIZED_MS);
    });
    center.grids.load().then(center.view.begin).then(center.scenes?.start);
    return true;
  };

  /* For tests and for support: what this screen shows. */
  center.state = function () {
    const { within, level, kpi } = center.view.current();
    const shown = { seq: center.live.seq(), stale: center.live.isStale(), mapUpdates: center.map.updates() };
    return { within, level, kpi, ...shown, past: center.timeMachine.state() };
  };
  center.clickGrid = (id) => center.view.go(id);
  center.pixelOf = (lon, lat) => center.map.pixelOf(lon, lat);
})();
