/* The colours of the grids. Plotly puts a colour into every shape, and has MapLibre cut all shapes into tiles again for it:
   a second without a graphics card. As states of the shapes that lie there it is one drawing. */
import { screenPalette } from "../lib/paper_colours.js";
import { keepValues, mapOf, shapesOf } from "../lib/plotly.js";

const LOWEST = -2; // of the steps: outside of the view
// What has no state has the colour that Plotly gave it.
const BY_STATE = ["to-color", ["coalesce", ["feature-state", "fc"], ["get", "fc"]]];

/** @type {any} */
let coloured = null; // the map whose shapes have states
/** @type {string | null} */
let source = null; // their source on it
/** @type {number[]} */
let told = []; // the step of each, by its position

/** @param {number} step */
function colourOf(step) {
  const { outside, no_data: noData, ramp } = screenPalette();
  return [outside, noData, ...ramp][step - LOWEST];
}

/**
 * Give the shapes of a choropleth these steps. When Plotly draws anew, it colours the shapes by its own data and takes our
 * expression away: the data says the same, and the expression comes back with the next change.
 * @param {any} graph
 * @param {number} trace
 * @param {number[]} steps
 * @returns {boolean} false where they have them
 */
export function paint(graph, trace, steps) {
  const { z } = graph.data[trace];
  const isNew = steps.length !== z.length || steps.some((step, i) => step !== z[i]);
  if (!isNew) return false;
  keepValues(graph, trace, steps);
  const map = mapOf(graph);
  const shapes = shapesOf(graph, trace);
  if (coloured !== map || source !== shapes.source) [coloured, source, told] = [map, shapes.source, []];
  steps.forEach((step, id) => {
    if (told[id] !== step) map.setFeatureState({ source, id }, { fc: colourOf(step) });
  });
  told = steps;
  if (!Array.isArray(map.getPaintProperty(shapes.fill, "fill-color"))) map.setPaintProperty(shapes.fill, "fill-color", BY_STATE);
  return true;
}
