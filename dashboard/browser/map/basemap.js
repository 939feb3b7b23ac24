/* The map under the grids, where there is one. MapLibre fetches it by itself; here is only that nothing waits for it. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const BASEMAP = "basemap"; // its source in the style

  /* Plotly ends no change before the whole map is there, and we begin none: let tiles that are slow not count. */
  function unhinder(map) {
    if (!map.getSource(BASEMAP)) return;
    const others = () => Object.keys(map.getStyle().sources).every((id) => id === BASEMAP || map.isSourceLoaded(id));
    for (const name of ["loaded", "isStyleLoaded"]) {
      const whole = map[name].bind(map);
      map[name] = () => whole() || others();
    }
  }

  center.basemap = { unhinder };
})();
