/* News that other modules follow: where it comes from knows none of them. */
import { atEnd } from "./lifetime.js";

/**
 * @template T
 * @typedef {object} Signal
 * @property {(listener: (news: T) => void) => void} follow until the page ends, in the order of coming
 * @property {(news: T) => void} emit
 */

/**
 * @template T
 * @returns {Signal<T>}
 */
export function signal() {
  /** @type {Set<(news: T) => void>} */
  const listeners = new Set();
  return {
    follow(listener) {
      listeners.add(listener);
      atEnd(() => listeners.delete(listener));
    },
    emit(news) {
      listeners.forEach((listener) => listener(news));
    },
  };
}
