/* The one way to Plotly and to what it keeps inside, which no document of it promises. */

/**
 * Plotly's own element of a graph; null while it is on its way.
 * @param {string} id
 * @returns {any}
 */
export const graphOf = (id) => document.querySelector(`#${id} .js-plotly-plot`) || document.querySelector(`#${id}.js-plotly-plot`);

/**
 * The MapLibre map of a graph; null while there is none.
 * @param {any} graph
 * @returns {any}
 */
export const mapOf = (graph) => graph?._fullLayout?.map?._subplot?.map ?? null;

/**
 * Where the shapes of a choropleth lie on the map: their source, and the layer that fills them.
 * @param {any} graph
 * @param {number} trace
 * @returns {{ source: string, fill: string }}
 */
export function shapesOf(graph, trace) {
  const { uid } = graph._fullData[trace];
  return { source: `source-${uid}`, fill: `plotly-trace-layer-${uid}-fill` };
}

/**
 * Change a trace's values without a drawing.
 * @param {any} graph
 * @param {number} trace
 * @param {number[]} values
 * @returns {void}
 */
export function keepValues(graph, trace, values) {
  graph.data[trace].z = values;
  graph.calcdata[trace].forEach((/** @type {{ z: number }} */ point, /** @type {number} */ i) => (point.z = values[i]));
}

/**
 * @param {any[]} given of `Plotly.update`
 * @returns {Promise<unknown>}
 */
export const update = (...given) => window.Plotly.update(...given);

/**
 * @param {any[]} given of `Plotly.restyle`
 * @returns {Promise<unknown>}
 */
export const restyle = (...given) => window.Plotly.restyle(...given);

/**
 * @param {any[]} given of `Plotly.relayout`
 * @returns {Promise<unknown>}
 */
export const relayout = (...given) => window.Plotly.relayout(...given);

/**
 * @param {any[]} given of `Plotly.react`
 * @returns {Promise<unknown>}
 */
export const react = (...given) => window.Plotly.react(...given);
