/* What must not happen at once on one phone, in whichever tab or worker. Without the Web Locks API it may: two senders
cost data volume and no more, for every part may be repeated; a phone that changes hands while an entry goes out may
send it in the next name. */

function held(name, mode, act) {
  return self.navigator.locks ? self.navigator.locks.request(name, { mode }, act) : act();
}

/* Runs `act` while no other tab or worker sends. */
export const sendingAlone = (act) => held("grid-field-outbox", "exclusive", act);

/* Runs `act` while the phone stays in the same hands: what one person did must not go out in the name of the next. */
export const inSameHands = (act) => held("grid-field-person", "shared", act);

/* Runs `act`, which may give the phone into other hands, once nothing is under way. */
export const changingHands = (act) => held("grid-field-person", "exclusive", act);
