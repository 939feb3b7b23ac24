/* What the desk has in common with the overview: words and numbers, the grid system, the stream with its freshness, paper. */
import * as grids from "../city/grids.js";
import { configure } from "../lib/config.js";
import * as format from "../lib/format.js";
import * as lifetime from "../lib/lifetime.js";
import "../lib/skip.js";
import * as basemap from "../map/basemap.js";
import * as paper from "../paper/paper.js";
import * as freshness from "../stream/freshness.js";
import * as picture from "../stream/picture.js";
import * as stream from "../stream/stream.js";

/**
 * @param {import("../types").Config} config
 * @returns {object} what the desk uses of it
 */
export function start(config) {
  lifetime.begin();
  configure(config);
  freshness.start();
  picture.start();
  paper.start({ redraw() {}, paintOver: null });
  stream.start();
  return { basemap, format, live: stream, grids: { ...grids, load: () => grids.load(freshness.say) } };
}
