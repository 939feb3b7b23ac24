/* The configuration that stands in a page as data. */
import { byId } from "./dom.js";

/** @returns {any} of the type that the page says */
export const pageConfig = () => JSON.parse(byId("config").textContent ?? "{}");
