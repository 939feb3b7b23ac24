/* Documents of the server. */
import { patience } from "./lifetime.js";

/**
 * @param {string} address
 * @param {number} [patienceMs]
 * @returns {Promise<any>} the document; rejected where there is none in time
 */
export async function documentAt(address, patienceMs) {
  const answer = await fetch(address, { signal: patience(patienceMs) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.json();
}
