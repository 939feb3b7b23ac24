/* Questions to the API, and its errors as they are. */
import * as lib from "../lib/ask.js";

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
 * @param {string} method
 * @param {string} path below the API
 * @param {object} [json]
 * @returns {Promise<any>} the document; null for an answer without content
 * @throws {Refused}
 */
async function ask(method, path, json) {
  try {
    const { answer, text } = await lib.ask(method, `/${path}`, { json, patience_ms: PATIENCE_MS });
    const body = answer.status === 204 ? null : JSON.parse(text);
    if (answer.ok) return body;
    throw new Refused(answer.status, (body && body.error) || { code: "internal", message: "" });
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(0, { code: "no_answer", message: String(error) }); // no network, or no answer in time
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
  return ask("GET", asked ? `${path}?${asked}` : path);
}

/**
 * @param {string} path
 * @param {object} document
 */
export const post = (path, document) => ask("POST", path, document);

/** @param {string} path */
export const remove = (path) => ask("DELETE", path);
