/* What must not happen at once on one phone, in whichever tab or worker. Without the Web Locks API it may: two senders
cost data volume and no more, for every part may be repeated; a phone that changes hands while an entry goes out may
send it in the next name. */

/**
 * @template T
 * @param {string} name
 * @param {LockMode} mode
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
function held(name, mode, act) {
  return self.navigator.locks ? self.navigator.locks.request(name, { mode }, act) : act();
}

/**
 * Runs `act` while no other tab or worker sends.
 * @template T
 * @param {() => Promise<T>} act
 */
export const sendingAlone = (act) => held("grid-field-outbox", "exclusive", act);

/**
 * Runs `act` while the phone stays in the same hands: what one person did must not go out in the name of the next.
 * @template T
 * @param {() => Promise<T>} act
 */
export const inSameHands = (act) => held("grid-field-person", "shared", act);

/**
 * Runs `act`, which may give the phone into other hands, once nothing is under way.
 * @template T
 * @param {() => Promise<T>} act
 */
export const changingHands = (act) => held("grid-field-person", "exclusive", act);
