/* The overview. */
export { start } from "./start.js";
