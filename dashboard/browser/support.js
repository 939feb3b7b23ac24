/* For tests and for support: what this screen shows, under the component's name. The one door to the page from outside. */
import * as grids from "./city/grids.js";
import * as format from "./lib/format.js";
import { atEnd } from "./lib/lifetime.js";
import * as moment from "./lib/moment.js";
import * as room from "./lib/room.js";
import { rem } from "./lib/sizes.js";
import * as layers from "./map/layers.js";
import * as layersDrawn from "./map/layers_drawn.js";
import * as map from "./map/map.js";
import * as overlay from "./map/overlay.js";
import * as standing from "./map/standing.js";
import * as tracksDrawn from "./map/tracks.js";
import { updates } from "./map/values.js";
import * as cases from "./panels/cases.js";
import * as picture from "./stream/picture.js";
import * as stream from "./stream/stream.js";
import * as timeMachine from "./time/time_machine.js";
import * as view from "./view/view.js";

function state() {
  const shown = { seq: stream.seq(), stale: stream.isStale(), mapUpdates: updates() };
  return { ...view.current(), ...shown, past: timeMachine.state() };
}

const OPEN = {
  state,
  cases,
  format,
  grids,
  layers,
  layersDrawn,
  moment,
  room,
  standing,
  timeMachine,
  tracksDrawn,
  view,
  clickGrid: view.go,
  pixelOf: map.pixelOf,
  live: { connect: stream.connect, now: stream.now, shown: picture.shown, watch: stream.frames.follow },
  map: { ...map, rem },
  overlay: { points: overlay.points, written: overlay.namesWritten },
};

/**
 * @param {import("./types").Config} config
 * @param {Record<string, object>} more
 * @returns {void}
 */
export function open(config, more) {
  const door = window.gridCenter;
  const opened = { ...OPEN, ...more, config };
  Object.assign(door, opened);
  atEnd(() => Object.keys(opened).forEach((name) => delete door[name]));
}
