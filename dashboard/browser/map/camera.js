/* Where the camera stands. Web Mercator, a world of 512 px at zoom 0. */
import { latitude, mercator } from "../lib/mercator.js";

/** @typedef {{ center: { lon: number, lat: number }, zoom: number }} Camera */
/** @typedef {{ clientWidth: number, clientHeight: number }} Size in pixels */

const MARGIN = 0.025;
const NEAREST = 18;
const EQUATOR_M = 2 * Math.PI * 6378137;

/**
 * A box of Mercator degrees whose left upper corner stands at a pixel of the map, so many pixels wide.
 * @param {import("../types").Stand} stand
 * @param {Size} map
 * @returns {Camera}
 */
export function cameraAt({ west, north, wide, size, x, y }, { clientWidth, clientHeight }) {
  const perPixel = wide / size;
  const lon = west + (clientWidth / 2 - x) * perPixel;
  const down = north + (clientHeight / 2 - y) * perPixel;
  return { center: { lon, lat: latitude(down) }, zoom: Math.min(Math.log2(360 / perPixel / 512), NEAREST) };
}

/**
 * A box of degrees in the middle of the map.
 * @param {import("../types").Box} box
 * @param {Size} map
 * @returns {Camera}
 */
export function cameraOn([west, south, east, north], { clientWidth, clientHeight }) {
  const wide = Math.max((east - west) / 360, 1e-7);
  const high = Math.max((mercator(south) - mercator(north)) / 360, 1e-7);
  const free = 1 - 2 * MARGIN;
  const zoom = Math.log2(Math.min((clientWidth * free) / wide, (clientHeight * free) / high) / 512);
  const lat = latitude((mercator(south) + mercator(north)) / 2);
  return { center: { lon: (west + east) / 2, lat }, zoom: Math.min(zoom, NEAREST) };
}

/**
 * @param {any} map of MapLibre
 * @returns {number}
 */
export const metresPerPixel = (map) => (Math.cos((map.getCenter().lat * Math.PI) / 180) * EQUATOR_M) / (512 * 2 ** map.getZoom());
