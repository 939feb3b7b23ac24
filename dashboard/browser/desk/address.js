/* Queue and incident live in the address: a reload, a link, another window show the same. */
import * as incident from "./incident.js";
import * as queue from "./queue.js";
import { complain } from "./say.js";

/**
 * @param {{ step?: boolean }} [how] `step`: back leads to what was shown before
 * @returns {void}
 */
export function keepAddress({ step = false } = {}) {
  const query = new URLSearchParams();
  const id = incident.openedId();
  if (queue.chosen() !== "all") query.set("queue", queue.chosen());
  if (id !== null) query.set("id", String(id));
  const text = query.toString();
  const address = text ? `?${text}` : location.pathname;
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** The incident that the address names; 0 where it names none. */
export const wantedId = () => Number(new URLSearchParams(location.search).get("id"));

/**
 * Back leads to the incident a link was followed from, not away from the desk.
 * @returns {void}
 */
export function back() {
  const id = wantedId();
  if (id) incident.open(id).catch(complain);
}
