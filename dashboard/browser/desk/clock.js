/* The server's clock, as far as the desk knows it. */

let skewMs = 0;

/** The server's time in milliseconds. */
export const now = () => Date.now() + skewMs;

/**
 * @param {string} moment the server's time as it is now
 * @returns {void}
 */
export const keepClock = (moment) => void (skewMs = new Date(moment).getTime() - Date.now());
