/* For tests and for support: what this desk shows. The one door to it from outside. */
import * as grids from "../city/grids.js";
import * as stream from "../stream/stream.js";
import { deskConfig } from "./config.js";
import * as form from "./form.js";
import * as incident from "./incident.js";
import { LETTERS } from "./letters.js";
import * as map from "./map.js";
import * as queue from "./queue.js";
import * as words from "./words.js";

function state() {
  return {
    queue: queue.chosen(), active: queue.active(), opened: incident.openedId(), form: form.kind(),
    rows: queue.rows().map((row) => row.id), seq: stream.seq(), stale: stream.isStale(), map: map.ready(),
  };
}

/** @returns {void} */
export function open() {
  const door = window.gridCenter;
  Object.assign(door, { state, grids, config: deskConfig(), desk: { actions: { keys: () => LETTERS }, form, map, words } });
}
