/* The API, as seen from a phone whose network comes and goes. Shared by page and service worker. */

import * as lib from "../lib/ask.js";
import { heard, now } from "./clock.js";
import { keep, kept } from "./vault.js";

/** @import { Found, Problem } from "./types" */
/** @typedef {{ json?: unknown, body?: BodyInit, type?: string, patience_ms?: number }} Options */

const PATIENCE_MS = 20_000;
const LATER = new Set([408, 425, 429]);

/* No answer, or one that says "later": the same again may do. `reached` tells whether somebody answered. */
export class Unreachable extends Error {
  /**
   * @param {string} message
   * @param {boolean} reached
   */
  constructor(message, reached) {
    super(message);
    this.reached = reached;
  }
}

/* The server's no, and why. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{ code: string, message: string, values?: Record<string, any> }} error
   */
  constructor(status, error) {
    super(error.message);
    /** @type {Problem} */
    this.problem = { status, code: error.code, message: error.message, values: error.values || {} };
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 */
async function send(method, path, options) {
  try {
    return await lib.ask(method, path, { patience_ms: PATIENCE_MS, ...options });
  } catch (error) {
    throw new Unreachable(String(error), false);
  }
}

/**
 * An answer of ours is JSON; anything else comes from something in between, such as a sign-in page of a hotspot.
 * @param {Response} answer
 * @param {string} text
 */
function read(answer, text) {
  if (answer.status === 204) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreachable(`status ${answer.status}`, false);
  }
}

/**
 * Ask the API.
 * @param {string} method
 * @param {string} path below the API
 * @param {Options} options
 * @returns {Promise<{ status: number, data: any, at: number }>} `at`: when, by the server's clock
 * @throws {Unreachable | Refused}
 */
export async function ask(method, path, options = {}) {
  const { answer, text } = await send(method, path, options);
  heard(answer.headers.get("date"));
  if (answer.status >= 500 || LATER.has(answer.status)) throw new Unreachable(`status ${answer.status}`, true);
  const data = read(answer, text);
  if (!answer.ok) {
    if (!data || !data.error) throw new Unreachable(`status ${answer.status}`, false);
    throw new Refused(answer.status, data.error);
  }
  return { status: answer.status, data, at: Date.parse(answer.headers.get("date") || "") || Date.now() };
}

/**
 * What the API says now, or what it said last. Without either, `Unreachable`.
 * @template T
 * @param {string} key under which it is kept
 * @param {string} path
 * @param {(data: any) => T} shape what of the answer is meant
 * @returns {Promise<Found<T>>}
 */
export async function remembered(key, path, shape = (data) => data) {
  try {
    const value = shape((await ask("GET", path)).data);
    const found = { value, at: now() };
    await keep(key, found);
    return { ...found, fresh: true };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const found = await kept(key);
    if (found === undefined) throw error;
    return { ...found, fresh: false };
  }
}
