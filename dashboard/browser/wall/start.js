/* The wall: the overview's picture, with scenes over it. */
import { start as startPicture } from "../start.js";
import { behind, reset as forgetBehind } from "./behind.js";
import * as people from "./people.js";
import * as remote from "./remote.js";
import * as scenes from "./scenes.js";
import * as supervision from "./supervision.js";

const { deadlines, units, oldest, trend } = supervision;

/**
 * @param {import("../types").Config} config
 * @param {(choices: import("../types").Choices) => void} report
 * @returns {import("../types").LivePicture}
 */
export function start(config, report) {
  const panels = { deadlines, units, oldest, trend, people: people.people, behind };
  const picture = startPicture(config, report, panels, scenes.start, { scenes, remote });
  forgetBehind();
  return picture;
}
