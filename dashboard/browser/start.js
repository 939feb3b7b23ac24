/* A live picture begins: what the overview and the wall have in common. Lower rooms know nothing of upper ones; what belongs
   together is put together here. */
import * as grids from "./city/grids.js";
import { configure } from "./lib/config.js";
import * as lifetime from "./lib/lifetime.js";
import "./lib/skip.js";
import * as layers from "./map/layers.js";
import * as map from "./map/map.js";
import * as mapFile from "./map/map_file.js";
import * as overlay from "./map/overlay.js";
import * as standing from "./map/standing.js";
import * as values from "./map/values.js";
import * as alerts from "./panels/alerts.js";
import * as cases from "./panels/cases.js";
import * as mapParts from "./panels/map_parts.js";
import * as page from "./panels/page.js";
import * as panels from "./panels/panels.js";
import * as paper from "./paper/paper.js";
import * as freshness from "./stream/freshness.js";
import * as picture from "./stream/picture.js";
import * as stream from "./stream/stream.js";
import * as support from "./support.js";
import * as timeMachine from "./time/time_machine.js";
import * as view from "./view/view.js";
import * as viewer from "./viewer.js";

/* Each in the order in which it hears the news. */
function connectRooms() {
  view.changes.follow(() => stream.connect(view.query()));
  picture.frames.follow(({ points }) => overlay.points(points));
  picture.maps.follow(values.pour);
  picture.maps.follow(view.mapArrived);
}

/**
 * @param {import("./types").Config} config
 * @param {(choices: import("./types").Choices) => void} report what the viewer has chosen
 * @param {page.Panels} [more] panels besides those of the overview
 * @param {() => void} [begun] called when the grids are there and the first view is chosen
 * @param {Record<string, object>} [supported] what else tests and support may ask
 * @returns {import("./types").LivePicture}
 */
export function start(config, report, more = {}, begun = () => {}, supported = {}) {
  lifetime.begin();
  configure(config);
  freshness.start();
  picture.start();
  view.start();
  connectRooms();
  page.start({ ...panels, alerts: alerts.alerts, ...more }, mapParts);
  timeMachine.start();
  standing.start();
  map.start();
  view.changes.follow(map.show);
  layers.start();
  mapFile.start();
  cases.start();
  alerts.start();
  viewer.start(report);
  paper.start({
    redraw() {
      page.redraw();
      view.publish();
    },
    paintOver: overlay.paint,
  });
  stream.start();
  support.open(config, supported);
  grids.load(freshness.say).then(() => {
    if (!lifetime.isRunning()) return;
    view.begin();
    begun();
    viewer.begin();
  });
  return { follow: viewer.follow, end: lifetime.end };
}
