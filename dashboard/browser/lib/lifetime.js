/* What a page begins ends with it: listeners, timers, streams, observers. A component that is taken off the page leaves
   nothing that runs, and one that is laid out again begins anew. */

/** @type {AbortController | null} */
let current = null;
/** @type {Set<() => void>} */
const endings = new Set();

/** @returns {void} */
export function begin() {
  end();
  current = new AbortController();
}

/**
 * End all that was begun, the youngest first.
 * @returns {void}
 */
export function end() {
  current?.abort();
  current = null;
  const undone = [...endings].reverse();
  endings.clear();
  undone.forEach((undo) => undo());
}

/** Whether the page stands. */
export const isRunning = () => current !== null;

/** How much there is to end. */
export const size = () => endings.size;

/**
 * Do this when the page ends.
 * @param {() => void} undo
 * @returns {() => void} takes it back
 */
export function atEnd(undo) {
  if (isRunning()) endings.add(undo);
  return () => endings.delete(undo);
}

/**
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: any) => void} handler
 * @param {AddEventListenerOptions} [options]
 * @returns {void}
 */
export function listen(target, type, handler, options = {}) {
  if (current) target.addEventListener(type, handler, { ...options, signal: current.signal });
}

/**
 * @param {number} ms
 * @param {() => void} step
 * @returns {void}
 */
export function every(ms, step) {
  if (!current) return;
  const timer = setInterval(step, ms);
  atEnd(() => clearInterval(timer));
}

/**
 * One call later; nothing once the page has ended.
 * @param {number} ms
 * @param {() => void} step
 * @returns {() => void} calls it off
 */
export function after(ms, step) {
  if (!current) return () => {};
  const timer = setTimeout(() => {
    forget();
    step();
  }, ms);
  const stop = () => clearTimeout(timer);
  const forget = atEnd(stop);
  return () => {
    stop();
    forget();
  };
}

/**
 * An observer of elements' sizes that ends with the page.
 * @param {() => void} changed
 * @returns {ResizeObserver}
 */
export function sizeObserver(changed) {
  const observer = new ResizeObserver(changed);
  atEnd(() => observer.disconnect());
  return observer;
}

/**
 * The end of a request: of the page, or of patience.
 * @param {number} [patienceMs]
 * @returns {AbortSignal}
 */
export function patience(patienceMs) {
  const ends = current ? [current.signal] : [AbortSignal.abort()];
  if (patienceMs !== undefined) ends.push(AbortSignal.timeout(patienceMs));
  return AbortSignal.any(ends);
}
