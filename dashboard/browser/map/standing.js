/* The room of this page: what lies over the map, where the grid in view stands beside it, and where key and pairing code
   lie. Only where the style sheet lays panels over the map (`--room`, see room.css). */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const TAKEN = ".panel, .choosers, .past-band";
  // What has no place of its own, and the corner it would like: across, down.
  const FLOATING = [[".breadcrumb", [0, 0]], [".legend", [1, 0]], [".map-credit", [0, 1]], ["#remote-code", [1, 1]]];
  const GAP_REM = 0.9;
  const WAIT_MS = 250;
  const WORTH = 1.04; // a city that could grow by less stays where it stands

  const shapes = new Map(); // grid -> its silhouette
  let last = null; // where it stands: { within, wide, high, stand, graph }
  let timer = 0;
  let refit = () => {};

  const mercator = (lat) => (-180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
  const isOn = () => getComputedStyle(document.documentElement).getPropertyValue("--room").trim() === "1";
  const gap = () => GAP_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);

  function shapeOf(within) {
    if (!shapes.has(within)) {
      const leaves = center.grids.inside(within, center.grids.depth());
      const boxes = leaves.map(({ bbox: [west, south, east, north] }) => [west, mercator(north), east, mercator(south)]);
      shapes.set(within, center.room.silhouette(boxes));
    }
    return shapes.get(within);
  }

  /* Where elements lie on the map, those that are seen. */
  function boxesOf(elements, graph) {
    const at = graph.getBoundingClientRect();
    return [...elements]
      .map((one) => one.getBoundingClientRect())
      .filter((box) => box.width > 1 && box.height > 1)
      .map((box) => [box.left - at.left, box.top - at.top, box.right - at.left, box.bottom - at.top]);
  }

  const areaOf = (graph) => [0, 0, graph.clientWidth, graph.clientHeight];
  const takenOf = (graph) => boxesOf(document.querySelectorAll(TAKEN), graph);

  /* Where a grid (null = the city) stands on the map, as the camera needs it; null where it is simply in the middle. */
  function of(within, graph) {
    if (!isOn()) {
      FLOATING.forEach(([name]) => lay(document.querySelector(name), null));
      return (last = null);
    }
    const [shape, area, taken] = [shapeOf(within), areaOf(graph), takenOf(graph)];
    const same = last && last.within === within && last.wide === area[2] && last.high === area[3];
    const boxes = floating();
    const leaves = (stand) => placesOf(boxes, shape, stand, area, taken).every(Boolean);
    const found = center.room.fit(shape, area, taken, gap(), leaves);
    if (!found) {
      FLOATING.forEach(([name]) => lay(document.querySelector(name), null));
      return (last = null);
    }
    const keeps = same && center.room.isFree(shape, last.stand, taken) && leaves(last.stand) && found.size < WORTH * last.stand.size;
    const stand = keeps ? last.stand : found;
    last = { within, wide: area[2], high: area[3], stand, graph };
    arrange(graph);
    return { west: shape.west, north: shape.north, wide: shape.wide, ...stand };
  }

  /* The boxes without a place of their own that are seen now. */
  function floating() {
    const seen = FLOATING.map(([name, corner]) => ({ element: document.querySelector(name), corner })).filter(({ element }) => element);
    // Beside its last place a box may have been narrower than it is.
    seen.forEach(({ element }) => lay(element, null));
    return seen.map((one) => ({ ...one, box: one.element.getBoundingClientRect() })).filter(({ box }) => box.width > 1);
  }

  /* A place for each of them beside the city, null for those that find none. */
  function placesOf(boxes, shape, stand, area, taken) {
    const walls = [...taken, ...center.room.laid(shape, stand.size, stand.x, stand.y)];
    return boxes.map(({ box, corner }) => {
      const found = center.room.place({ wide: box.width, high: box.height, corner }, area, walls, gap() / 2);
      if (found) walls.push([found[0], found[1], found[0] + box.width, found[1] + box.height]);
      return found;
    });
  }

  /* Key, credit and code in what the city leaves free; what finds no place lies where the style sheet has it. */
  function arrange(graph) {
    if (!last || !isOn()) return;
    const boxes = floating();
    const places = placesOf(boxes, shapeOf(last.within), last.stand, areaOf(graph), takenOf(graph));
    boxes.forEach(({ element }, i) => lay(element, places[i]));
  }

  function lay(element, found) {
    if (!element) return;
    element.classList.toggle("laid", Boolean(found));
    element.style.left = found ? `${Math.round(found[0])}px` : "";
    element.style.top = found ? `${Math.round(found[1])}px` : "";
  }

  const observer = new ResizeObserver(() => {
    // Key and code step aside at once, the city when the map's other changes are done.
    if (last) arrange(last.graph);
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      refit();
    }, WAIT_MS);
  });

  const watch = (element) => observer.observe(element);

  /* From now on: called when what lies over the map has another size. */
  function follow(change) {
    refit = change;
    document.querySelectorAll(`${TAKEN}, .breadcrumb, .legend`).forEach(watch);
  }

  const isWaiting = () => timer !== 0;

  center.standing = { of, follow, watch, isWaiting, state: () => last && last.stand };
})();
