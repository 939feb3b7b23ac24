/* What Dash calls once the page stands; all else are modules. */
(function () {
  "use strict";
  let begun = false;

  async function start(config) {
    if (begun) return window.dash_clientside.no_update;
    begun = true;
    const entry = await import(config.entry);
    entry.start(config);
    return true;
  }

  // Where tests and support look: desk/support.js.
  window.gridCenter = {};
  window.dash_clientside = { ...window.dash_clientside, gridDesk: { start } };
})();
