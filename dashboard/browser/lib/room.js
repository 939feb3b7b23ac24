/* Where the city stands on the page: as large as it can be without touching what lies beside it. Panels stand in the corners
   that the city leaves empty, whatever its shape; the key and the wall's pairing code lie in what is left. Pure functions of
   rectangles [left, top, right, bottom] in pixels. */
const COLUMNS = 72; // cells of the silhouette across the city
const SHRINK = 0.98; // from one size that is tried to the next
const LEAST = 0.25; // of the page's own size: smaller than this nothing is gained by going round panels
const GIVES = 0.75; // of its size for what else needs a place
const PLACES = 28; // that are tried across and down, for each size
const SEATS = 90; // the same for a box

/** @typedef {import("../types").Box} Box */
/** @typedef {{ west: number, north: number, wide: number, high: number, runs: Box[] }} Silhouette */
/** @typedef {{ size: number, x: number, y: number }} Stand */

/** @type {(a: Box, b: Box) => boolean} */
const meets = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
/** @type {(box: Box, by: number) => Box} */
const grown = ([left, top, right, bottom], by) => [left - by, top - by, right + by, bottom + by];

/**
 * Boxes on the map as the silhouette of all of them: rows of cells as rectangles, the whole being 1 wide and `high`
 * high; `west`, `north` and `wide` are those of the map.
 * @param {Box[]} boxes
 * @returns {Silhouette}
 */
export function silhouette(boxes) {
  /** @type {(i: number, pick: (...values: number[]) => number) => number} */
  const edge = (i, pick) => boxes.reduce((found, box) => pick(found, box[i]), boxes[0][i]);
  const [west, north] = [edge(0, Math.min), edge(1, Math.min)];
  const wide = Math.max(edge(2, Math.max) - west, 1e-9);
  const high = Math.max((edge(3, Math.max) - north) / wide, 1e-3);
  const cell = 1 / COLUMNS;
  const rows = Array.from({ length: Math.ceil(high / cell) }, () => new Uint8Array(COLUMNS));
  /** @type {(from: number, to: number, most: number) => [number, number]} */
  const cells = (from, to, most) => [Math.max(0, Math.floor(from / cell)), Math.min(most, Math.ceil(to / cell))];
  boxes.forEach((box) => {
    const [left, right] = cells((box[0] - west) / wide, (box[2] - west) / wide, COLUMNS);
    const [top, bottom] = cells((box[1] - north) / wide, (box[3] - north) / wide, rows.length);
    for (let row = top; row < bottom; row += 1) rows[row].fill(1, left, right);
  });
  const runs = rows.flatMap((row, at) => runsOf(row).map(([from, to]) => /** @type {Box} */ ([from * cell, at * cell, to * cell, (at + 1) * cell])));
  return { west, north, wide, high, runs };
}

/** @param {Uint8Array} row */
function runsOf(row) {
  /** @type {[number, number][]} */
  const found = [];
  row.forEach((full, at) => {
    if (!full) return;
    const last = found[found.length - 1];
    if (last && last[1] === at) last[1] = at + 1;
    else found.push([at, at + 1]);
  });
  return found;
}

/**
 * Rectangles of the page that the silhouette covers at a size and place.
 * @param {Silhouette} shape
 * @param {number} size
 * @param {number} x
 * @param {number} y
 * @returns {Box[]}
 */
export const laid = (shape, size, x, y) => shape.runs.map(([l, t, r, b]) => [x + l * size, y + t * size, x + r * size, y + b * size]);

/** @type {(from: number, to: number, n?: number) => number[]} */
const spread = (from, to, n = PLACES) =>
  to - from < 1 ? [(from + to) / 2] : Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1));

/**
 * All places where the silhouette stands free at a size.
 * @param {Silhouette} shape
 * @param {number} size
 * @param {Box} area
 * @param {Box[]} taken
 * @param {number} gap
 */
function free(shape, size, area, taken, gap) {
  const [left, top, right, bottom] = grown(area, -gap);
  const parts = laid(shape, size, 0, 0);
  /** @type {Box} */
  const whole = [0, 0, size, size * shape.high];
  const walls = taken.map((one) => grown(one, gap));
  /** @type {(x: number, y: number) => boolean} */
  const stands = (x, y) =>
    walls.every((wall) => {
      /** @type {Box} */
      const moved = [wall[0] - x, wall[1] - y, wall[2] - x, wall[3] - y];
      return !meets(moved, whole) || !parts.some((part) => meets(moved, part));
    });
  /** @type {[number, number][]} */
  const places = [];
  spread(left, right - whole[2]).forEach((x) => spread(top, bottom - whole[3]).forEach((y) => stands(x, y) && places.push([x, y])));
  return places;
}

/**
 * The middle of the free places that is one itself.
 * @param {[number, number][]} places
 */
function middle(places) {
  const mean = [0, 1].map((i) => places.reduce((sum, place) => sum + place[i], 0) / places.length);
  const far = (/** @type {[number, number]} */ place) => Math.hypot(place[0] - mean[0], place[1] - mean[1]);
  return places.reduce((best, place) => (far(place) < far(best) ? place : best));
}

/**
 * The largest size at which the silhouette has a place in the area beside what is taken: { size, x, y }; null where even a
 * quarter of the area's own size has none. `leaves` may ask for more, such as a place for the key: for that the silhouette
 * gives way, but not for ever.
 * @param {Silhouette} shape
 * @param {Box} area
 * @param {Box[]} taken
 * @param {number} gap
 * @param {(stand: Stand) => boolean} [leaves]
 * @returns {Stand | null}
 */
export function fit(shape, area, taken, gap, leaves = () => true) {
  const [left, top, right, bottom] = grown(area, -gap);
  const most = Math.min(right - left, (bottom - top) / shape.high);
  /** @type {Stand | null} */
  let first = null;
  for (let size = most; size >= LEAST * most && size > 1; size *= SHRINK) {
    if (first && size < GIVES * first.size) break;
    const places = free(shape, size, area, taken, gap);
    if (!places.length) continue;
    const [x, y] = middle(places);
    const stand = { size, x, y };
    if (leaves(stand)) return stand;
    first ??= stand;
  }
  return first;
}

/**
 * A place for a box of `wide` x `high` beside what is taken, as far to the corner (0 or 1 across, 0 or 1 down) as can be.
 * @param {{ wide: number, high: number, corner: number[] }} box
 * @param {Box} area
 * @param {Box[]} taken
 * @param {number} gap
 * @returns {[number, number] | null}
 */
export function place({ wide, high, corner }, area, taken, gap) {
  const [left, top, right, bottom] = area;
  if (right - left < wide || bottom - top < high) return null;
  const walls = taken.map((one) => grown(one, gap));
  const far = (/** @type {[number, number]} */ [x, y]) => Math.abs(x - (corner[0] ? right - wide : left)) + Math.abs(y - (corner[1] ? bottom - high : top));
  const found = spread(left, right - wide, SEATS).flatMap((x) => spread(top, bottom - high, SEATS).map((y) => /** @type {[number, number]} */ ([x, y])))
    .filter(([x, y]) => !walls.some((wall) => meets(wall, [x, y, x + wide, y + high])));
  return found.length ? found.reduce((best, one) => (far(one) < far(best) ? one : best)) : null;
}

/**
 * Whether the silhouette stands free at a size and place.
 * @param {Silhouette} shape
 * @param {Stand} stand
 * @param {Box[]} taken
 * @returns {boolean}
 */
export function isFree(shape, { size, x, y }, taken) {
  const parts = laid(shape, size, x, y);
  return taken.every((wall) => !parts.some((part) => meets(wall, part)));
}
