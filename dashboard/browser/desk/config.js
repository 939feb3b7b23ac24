/* What the desk was configured with, once per visit. */
import { config } from "../lib/config.js";

/** @returns {import("./types").DeskConfig} */
export const deskConfig = () => /** @type {import("./types").DeskConfig} */ (/** @type {unknown} */ (config));
