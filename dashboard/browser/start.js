/* The one namespace of the page, and how scripts reach Dash. Files load in alphabetical order; nothing runs before
   Dash calls `start`, so their order does not matter. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const clientside = (dash.gridCenter = dash.gridCenter || {});

  const RESIZED_MS = 250;

  center.config = null;

  /* A document of the page: what depends on it follows. `center.parts` are functions from the document to components. */
  let view = null;
  const published = {
    frame(frame) {
      center.config.panels.forEach((name) => center.paint.fill(document.getElementById(name), center.parts[name](frame, view)));
      center.flow.draw(frame);
    },
    view(next) {
      view = next;
      Object.entries(center.config.map_parts).forEach(([name, id]) => {
        center.paint.fill(document.getElementById(id), center.parts[name](view));
      });
    },
  };

  center.publish = (name, data) => published[name](data);

  /* What is drawn in pixels follows a window that changes its size. */
  function resized() {
    if (center.live.shown()) center.publish("frame", center.live.shown());
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
