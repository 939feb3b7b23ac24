/* Names of categories and units, as the registers have them. */
import * as grids from "../city/grids.js";
import { local } from "../lib/format.js";
import { deskConfig } from "./config.js";
import * as server from "./server.js";

/** @type {{ code: string, name: string }[]} */
let known = [];
/** @type {Map<string, string>} */
let unitNames = new Map();

/** @param {string} code */
const gridName = (code) => local(grids.get(code.replace(/^grid:/, ""))?.name);

export const units = {
  /** @param {string} code */
  has: (code) => unitNames.has(code),
  /** @param {string} code of a unit, or id of a grid that acts as one */
  nameOf: (code) => unitNames.get(code) || gridName(code) || code,
};

export const categories = {
  all: () => known,
  /** @param {string} code */
  nameOf: (code) => known.find((one) => one.code === code)?.name ?? code,
};

/** @returns {Promise<void>} */
export async function load() {
  const [got, registered] = await Promise.all([server.get("categories"), server.get("units")]);
  unitNames = new Map(registered.units.map((/** @type {{ code: string, name: string }} */ unit) => [unit.code, unit.name]));
  const language = deskConfig().language === "zh" ? "name_zh" : "name_en";
  known = got.map((/** @type {Record<string, string>} */ one) => ({ code: one.code, name: one[language] || one.code }));
}
