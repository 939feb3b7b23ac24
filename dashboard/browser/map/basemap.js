/* The map under the grids, where there is one. MapLibre fetches it by itself; here is only that nothing waits for it. */
const BASEMAP = "basemap"; // its source in the style

/** @type {WeakSet<object>} */
const unhindered = new WeakSet();

/**
 * Plotly ends no change before the whole map is there, and we begin none: let tiles that are slow not count.
 * @param {any} map of MapLibre
 * @returns {void}
 */
export function unhinder(map) {
  if (!map.getSource(BASEMAP) || unhindered.has(map)) return;
  unhindered.add(map);
  const others = () => Object.keys(map.getStyle().sources).every((id) => id === BASEMAP || map.isSourceLoaded(id));
  for (const name of ["loaded", "isStyleLoaded"]) {
    const whole = map[name].bind(map);
    map[name] = () => whole() || others();
  }
}
