/* Web Mercator. */

/**
 * The height of a latitude, in degrees of longitude at the equator; down is more.
 * @param {number} lat
 * @returns {number}
 */
export const mercator = (lat) => (-180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

/**
 * The latitude of such a height.
 * @param {number} down
 * @returns {number}
 */
export const latitude = (down) => (360 / Math.PI) * Math.atan(Math.exp((-down * Math.PI) / 180)) - 90;
