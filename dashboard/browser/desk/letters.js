/* The letter of each step. */

/* The path first, then what lies beside it; a step that is not named here is taken elsewhere (photos). */
/** @type {Record<string, string>} */
export const LETTERS = {
  verified: "v", filed: "f", dispatched: "d", claimed: "c", handled: "h", checked: "o", closed: "e",
  self_handled: "s", escalated: "u", returned: "b", reworked: "w", located: "l", extended: "t", urged: "r",
  suspended: "p", resumed: "g", reassigned: "i", categorised: "q", appealed: "a", appeal_decided: "y",
  noted: "n", merged: "m", voided: "x", reopened: "z", corrected: ".",
};

/**
 * The step that a letter stands for.
 * @param {string} letter
 * @returns {string | null}
 */
export const kindOf = (letter) => Object.keys(LETTERS).find((kind) => LETTERS[kind] === letter) ?? null;
