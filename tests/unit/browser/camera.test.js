/* Where the camera stands: a box of degrees in the middle of a map, or its corner at a pixel. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { latitude, mercator } from "../../../dashboard/browser/lib/mercator.js";
import { cameraAt, cameraOn } from "../../../dashboard/browser/map/camera.js";

const MAP = { clientWidth: 1000, clientHeight: 600 };
const near = (found, wanted, by = 1e-6) => assert.ok(Math.abs(found - wanted) < by, `${found} is not ${wanted}`);

/* Pixels of a place under a camera, by the definition: a world of 512 px at zoom 0. */
function pixelOf([lon, lat], { center, zoom }) {
  const world = 512 * 2 ** zoom;
  return [500 + ((lon - center.lon) / 360) * world, 300 + ((mercator(lat) - mercator(center.lat)) / 360) * world];
}

test("latitudes come back from their heights", () => {
  for (const lat of [-80, -31.5, 0, 31.9, 60]) near(latitude(mercator(lat)), lat);
  assert.ok(mercator(40) < mercator(30), "down is more");
});

test("a box of degrees lies in the middle, as large as it can", () => {
  for (const box of [[120, 31.6, 120.6, 32], [-60, -10, 60, 10], [10, 50, 10.1, 52]]) {
    const [west, south, east, north] = box;
    const camera = cameraOn(box, MAP);
    const [left, top] = pixelOf([west, north], camera);
    const [right, bottom] = pixelOf([east, south], camera);
    near((left + right) / 2, 500);
    near((top + bottom) / 2, 300);
    near(Math.max((right - left) / 1000, (bottom - top) / 600), 0.95);
  }
});

test("a corner stands at its pixel, and the box is as wide as asked", () => {
  const [west, north, wide] = [120, 32, 0.6];
  const camera = cameraAt({ west, north: mercator(north), wide, size: 400, x: 120, y: 40 }, MAP);
  const [left, top] = pixelOf([west, north], camera);
  near(left, 120, 1e-4);
  near(top, 40, 1e-4);
  near(pixelOf([west + wide, north], camera)[0], 520, 1e-4);
});

test("it never stands nearer than the map goes", () => {
  assert.equal(cameraOn([120, 31, 120, 31], MAP).zoom, 18);
});
