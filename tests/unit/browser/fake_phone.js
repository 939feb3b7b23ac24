/* What the modules of the phone page find around them, outside a browser: a store, a network, a document with texts. */

const later = (act) => setTimeout(act, 0);

/* IndexedDB, as far as the vault uses it: values are copied in and out, answers come later. */
class FakeStore {
  constructor(rows, keyPath) {
    Object.assign(this, { rows, keyPath });
  }

  answer(act) {
    return { result: structuredClone(act()) };
  }

  getAll() {
    return this.answer(() => [...this.rows.values()]);
  }

  get(key) {
    return this.answer(() => this.rows.get(key));
  }

  put(value, key) {
    return this.answer(() => void this.rows.set(this.keyPath ? value[this.keyPath] : key, structuredClone(value)));
  }

  delete(key) {
    const gone = [...this.rows.keys()].filter((one) => (typeof key === "object" ? one >= key.lower && one <= key.upper : one === key));
    return this.answer(() => void gone.forEach((one) => this.rows.delete(one)));
  }
}

function fakeBase() {
  const stores = new Map();
  return {
    createObjectStore: (name, options = {}) => stores.set(name, new FakeStore(new Map(), options.keyPath)),
    transaction(name) {
      const transaction = { objectStore: () => stores.get(name) };
      later(() => transaction.oncomplete());
      return transaction;
    },
  };
}

function fakeIndexedDB() {
  const base = fakeBase();
  return {
    open() {
      const request = { result: base };
      later(() => {
        request.onupgradeneeded();
        request.onsuccess();
      });
      return request;
    },
  };
}

/* Puts the phone around the modules; give it before they are imported. `texts` are those of both languages. */
export function startPhone({ texts = {}, timezone = "Asia/Shanghai", language = "zh" } = {}) {
  const config = { language, theme: "dark", timezone, demo: false, texts: { zh: texts, en: texts } };
  const document = { cookie: "", documentElement: { dataset: {} }, getElementById: () => ({ textContent: JSON.stringify(config) }) };
  const globals = {
    document,
    self: globalThis,
    location: { protocol: "http:" },
    indexedDB: fakeIndexedDB(),
    IDBKeyRange: { bound: (lower, upper) => ({ lower, upper }) },
    BroadcastChannel: class {
      postMessage() {}
    },
  };
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
}

/* A server that answers by `"METHOD /path"`: a function of the JSON that came, giving content, a status with content, or
a failure. It keeps what it was asked. */
export function startServer(answers) {
  const asked = [];
  globalThis.fetch = async (address, { method, body }) => {
    const call = `${method} ${address.replace("/api/v1", "")}`;
    const json = typeof body === "string" ? JSON.parse(body) : body;
    asked.push({ call, json });
    if (!(call in answers)) throw new TypeError(`no network for ${call}`);
    const { status = 200, data } = answers[call](json);
    return new Response(status === 204 ? null : JSON.stringify(data), { status });
  };
  return asked;
}
