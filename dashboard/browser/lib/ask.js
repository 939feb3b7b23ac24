/* One question to the API, with an end to patience. What an answer means is the matter of those that ask. */

const API = "/api/v1";

/**
 * `json` is written as such; `body` goes as it is, with its media type.
 * @typedef {{ json?: unknown, body?: BodyInit, type?: string, token?: string, patience_ms: number }} Question
 */

/**
 * @param {string} method
 * @param {string} path below the API
 * @param {Question} question
 * @returns {Promise<{ answer: Response, text: string }>} rejected where there is no whole answer in time
 */
export async function ask(method, path, { json, body, type, token, patience_ms }) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience_ms);
  /** @type {Record<string, string>} */
  const headers = {};
  if (json !== undefined) headers["Content-Type"] = "application/json";
  else if (type) headers["Content-Type"] = type;
  if (token) headers.Authorization = `Bearer ${token}`;
  const sent = json === undefined ? body : JSON.stringify(json);
  try {
    const answer = await fetch(API + path, { method, headers, body: sent, signal: stop.signal, cache: "no-store" });
    return { answer, text: await answer.text() };
  } finally {
    clearTimeout(timer);
  }
}
