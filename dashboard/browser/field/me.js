/* Who holds the phone: chosen from the roster, remembered on the phone. */

import { changingHands } from "./locks.js";
import { ask, Refused, Unreachable } from "./net.js";
import { forget, forgetAll, keep, kept } from "./vault.js";

/** @import { Me } from "./types" */

/** @returns {Promise<Me | undefined>} */
export const me = () => kept("me");

/**
 * @param {string} person id
 * @returns {Promise<Me>}
 */
export const choose = (person) => changingHands(async () => {
  const { data } = await ask("POST", "/session", { json: { person } });
  await forgetAll("seen:");
  await keep("me", data);
  return data;
});

/* What was reported stays in the outbox; what was seen goes. */
export const leave = () => changingHands(async () => {
  await ask("DELETE", "/session");
  await forget("me");
  await forgetAll("seen:");
});

/* Compares the phone with the server; what this phone's holder is now, or null where the roster no longer has them. */
export const refreshMe = () => changingHands(refreshed);

/** @returns {Promise<Me | null>} */
async function refreshed() {
  const known = await me();
  try {
    const { data } = await ask("GET", "/session");
    if (data.person) return await remember(data);
  } catch (error) {
    if (error instanceof Unreachable) return known || null;
    if (!(error instanceof Refused)) throw error;
  }
  return known ? again(known) : null;
}

/**
 * @param {Me} data
 * @returns {Promise<Me>}
 */
async function remember(data) {
  await keep("me", data);
  return data;
}

/**
 * The server has forgotten us, or our duties have changed.
 * @param {Me} known
 * @returns {Promise<Me | null>}
 */
async function again(known) {
  try {
    return await remember((await ask("POST", "/session", { json: { person: known.person.id } })).data);
  } catch (error) {
    if (error instanceof Unreachable) return known;
    if (!(error instanceof Refused)) throw error;
    await forget("me");
    return null;
  }
}
