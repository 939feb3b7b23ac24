/* What Plotly and MapLibre do to each other's harm, mended on the one map there is. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});

  /* With every change Plotly begins to wait for five kinds of errors, and never ends it. The newest of each is enough. */
  function waitOnce(map) {
    const once = map.once.bind(map);
    const waiting = new Map();
    map.once = (type, listener) => {
      if (!listener || !type.endsWith("error")) return once(type, listener);
      if (waiting.has(type)) map.off(type, waiting.get(type));
      waiting.set(type, listener);
      return once(type, listener);
    };
  }

  /* With every change Plotly takes its layers away and adds them again. A layer that was added has the colour of its kind
     until the next picture; a tile that comes before, whose shapes have states, asks it for an expression in vain, and the
     change fails. Filled shapes, the only ones that have states, get their own colour at once. */
  function evaluateAtOnce(map) {
    const add = map.addLayer.bind(map);
    map.addLayer = (layer, before) => {
      add(layer, before);
      if (layer.type === "fill") map.getLayer(layer.id).recalculate({ zoom: map.getZoom(), zoomHistory: map.style.zoomHistory }, []);
      return map;
    };
  }

  function mend(map) {
    waitOnce(map);
    evaluateAtOnce(map);
  }

  center.mapMends = { mend };
})();
