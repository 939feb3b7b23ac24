/* Questions to the API, and its errors as they are. */
const PATIENCE_MS = 15000;

/** The server's no, or no answer at all (`no_answer`, status 0). */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{ code: string, message: string, values?: Record<string, any> }} error
   */
  constructor(status, { code, message, values }) {
    super(message);
    this.status = status;
    this.code = code;
    this.values = values || {};
  }
}

/**
 * @param {string} path below the API
 * @param {RequestInit} options
 * @returns {Promise<any>} the document; null for an answer without content
 * @throws {Refused}
 */
async function ask(path, options = {}) {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), PATIENCE_MS);
  try {
    const response = await fetch(`/api/v1/${path}`, { ...options, signal: ending.signal });
    const body = response.status === 204 ? null : await response.json();
    if (response.ok) return body;
    throw new Refused(response.status, (body && body.error) || { code: "internal", message: "" });
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(0, { code: "no_answer", message: String(error) }); // no network, or no answer in time
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Record<string, string | number | null | undefined>} values */
function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

/**
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} values of the query; those that say nothing are left out
 */
export function get(path, values = {}) {
  const asked = query(values);
  return ask(asked ? `${path}?${asked}` : path);
}

/**
 * @param {string} path
 * @param {object} document
 */
export const post = (path, document) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(document) });

/** @param {string} path */
export const remove = (path) => ask(path, { method: "DELETE" });
