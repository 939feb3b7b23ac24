/* The colours of the grids. Plotly puts a colour into every shape, and has MapLibre cut all shapes into tiles again for it:
   a second without a graphics card. As states of the shapes that lie there it is one drawing. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const LOWEST = -2; // of the steps: outside of the view
  // What has no state has the colour that Plotly gave it.
  const BY_STATE = ["to-color", ["coalesce", ["feature-state", "fc"], ["get", "fc"]]];

  let source = null; // whose shapes have states
  let told = []; // the step of each, by its position

  function colourOf(step) {
    const { outside, no_data: noData, ramp } = center.paper.screenPalette();
    return [outside, noData, ...ramp][step - LOWEST];
  }

  /* Give the shapes of a choropleth these steps; false where they have them. When Plotly draws anew, it colours the shapes by
     its own data and takes our expression away: the data says the same, and the expression comes back with the next change. */
  function paint(graph, trace, steps) {
    const data = graph.data[trace];
    const isNew = steps.length !== data.z.length || steps.some((step, i) => step !== data.z[i]);
    if (!isNew) return false;
    data.z = steps;
    graph.calcdata[trace].forEach((point, i) => (point.z = steps[i]));
    const { uid } = graph._fullData[trace];
    const map = graph._fullLayout.map._subplot.map;
    const fill = `plotly-trace-layer-${uid}-fill`;
    if (source !== `source-${uid}`) [source, told] = [`source-${uid}`, []];
    steps.forEach((step, id) => {
      if (told[id] !== step) map.setFeatureState({ source, id }, { fc: colourOf(step) });
    });
    told = steps;
    if (!Array.isArray(map.getPaintProperty(fill, "fill-color"))) map.setPaintProperty(fill, "fill-color", BY_STATE);
    return true;
  }

  center.mapColours = { paint };
})();
