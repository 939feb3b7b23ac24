/* What modules of the desk ask of those above them; the desk puts it together at its start. So lower modules know nothing
   of upper ones. */

/** @type {import("./types").Above} */
export const above = /** @type {import("./types").Above} */ ({});
