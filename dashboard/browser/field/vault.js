/* What the phone keeps by itself: what is to be sent, and what was last seen. Shared by page and service worker. */

/** @import { Entry } from "./types" */

const NAME = "grid-field";
const VERSION = 1;
/** @type {Promise<IDBDatabase> | null} */
let opened = null;

function open() {
  opened ??= new Promise((/** @type {(base: IDBDatabase) => void} */ resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("outbox", { keyPath: "id" });
      request.result.createObjectStore("kept");
    };
    request.onsuccess = () => {
      // Another version of the page wants to change the store: let go, and open anew when needed.
      request.result.onversionchange = () => {
        request.result.close();
        opened = null;
      };
      resolve(request.result);
    };
    request.onerror = () => {
      opened = null;
      reject(request.error);
    };
  });
  return opened;
}

/**
 * @template T
 * @param {"outbox" | "kept"} name
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>} once it is on disk
 */
async function inStore(name, mode, act) {
  const base = await open();
  return new Promise((resolve, reject) => {
    // "strict": on disk before we say it is kept.
    const transaction = base.transaction(name, mode, { durability: "strict" });
    const request = act(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** All entries of the outbox, in the order they were made. */
export const entries = async () => {
  /** @type {Entry[]} */
  const all = await inStore("outbox", "readonly", (store) => store.getAll());
  return all.sort((a, b) => a.order - b.order);
};
/**
 * @param {string} id
 * @returns {Promise<Entry | undefined>}
 */
export const entry = (id) => inStore("outbox", "readonly", (store) => store.get(id));
/** @param {Entry} value */
export const putEntry = (value) => inStore("outbox", "readwrite", (store) => store.put(value));
/** @param {string} id */
export const dropEntry = (id) => inStore("outbox", "readwrite", (store) => store.delete(id));

/**
 * What was kept under a key; the reader knows what that is. Undefined where nothing was.
 * @param {string} key
 * @returns {Promise<any>}
 */
export const kept = (key) => inStore("kept", "readonly", (store) => store.get(key));
/**
 * @param {string} key
 * @param {unknown} value
 */
export const keep = (key, value) => inStore("kept", "readwrite", (store) => store.put(value, key));
/** @param {string} key */
export const forget = (key) => inStore("kept", "readwrite", (store) => store.delete(key));
/**
 * All that begins so, for example everything that was seen by the one who leaves.
 * @param {string} prefix
 */
export const forgetAll = (prefix) =>
  inStore("kept", "readwrite", (store) => store.delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
