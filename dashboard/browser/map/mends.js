/* What Plotly and MapLibre do to each other's harm, mended on the one map there is. */

/**
 * With every change Plotly begins to wait for five kinds of errors, and never ends it. The newest of each is enough.
 * @param {any} map of MapLibre
 */
function waitOnce(map) {
  const once = map.once.bind(map);
  const waiting = new Map();
  map.once = (/** @type {string} */ type, /** @type {unknown} */ listener) => {
    if (!listener || !type.endsWith("error")) return once(type, listener);
    if (waiting.has(type)) map.off(type, waiting.get(type));
    waiting.set(type, listener);
    return once(type, listener);
  };
}

/**
 * With every change Plotly takes its layers away and adds them again. A layer that was added has the colour of its kind
 * until the next picture; a tile that comes before, whose shapes have states, asks it for an expression in vain, and the
 * change fails. Filled shapes, the only ones that have states, get their own colour at once.
 * @param {any} map of MapLibre
 */
function evaluateAtOnce(map) {
  const add = map.addLayer.bind(map);
  map.addLayer = (/** @type {{ id: string, type: string }} */ layer, /** @type {string} */ before) => {
    add(layer, before);
    if (layer.type === "fill") map.getLayer(layer.id).recalculate({ zoom: map.getZoom(), zoomHistory: map.style.zoomHistory }, []);
    return map;
  };
}

/** @type {WeakSet<object>} */
const mended = new WeakSet();

/**
 * @param {any} map of MapLibre
 * @returns {void}
 */
export function mend(map) {
  if (mended.has(map)) return;
  mended.add(map);
  waitOnce(map);
  evaluateAtOnce(map);
}
