/* The map: values of the stream into the Plotly figure, the camera, and what is pressed on it. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const GRIDS = 0; // the choropleth is the figure's first trace
  const OUTSIDE = -2;
  const NO_DATA = -1;
  const POUR_MS = 1000; // it redraws every polygon
  const POUR_SHARE = 0.1; // of a machine's time goes into it at most: one without a graphics card needs some hundred ms
  const LOOK_MS = 20;
  const POUR_LAST_MS = 8000; // but so often it is done however long it takes
  const MOVE_MS = 700;
  const PATIENCE_MS = 30000;
  const BY_HAND = ["wheel", "dragstart", "boxzoomstart", "rotatestart", "pitchstart", "touchmove"];
  const RETRY_MS = 2000;
  const MARGIN = 0.025;
  const LATE_MS = 1500;

  let graph = null; // Plotly's div
  let shown = null; // the view wished for
  let drawn = null; // the one whose geometry and camera are on the map
  let newest = null; // the newest map message, poured or not
  let lined = []; // the borders on the map
  let hovered = null; // the grid under the pointer, and its number
  let pointer = null; // its last movement; Plotly's own events do not always say where they are
  let pouredAt = 0;
  let pourTookMs = 0; // from the values to the pixels
  let pourTimer = 0;
  let pours = 0;
  let moving = false;
  let touched = false; // the viewer moved the camera
  let lateTimer = 0;

  const canvasMap = () => graph && graph._fullLayout && graph._fullLayout.map && graph._fullLayout.map._subplot.map;
  /* The size of small letters in pixels, of which lines, marks and names on the map are multiples. */
  function rem() {
    const style = getComputedStyle(document.documentElement);
    return parseFloat(style.fontSize) * parseFloat(style.getPropertyValue("--size-s"));
  }

  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /* Nearer, borders are drawn finer; all of one picture in the same detail, so that they coincide. */
  const detail = () => (shown && shown.within ? Math.min(3, 1 + Number(shown.within.split(":")[0])) : 1);
  const url = (level) => center.config.geometry_url.replace("{level}", String(level)).replace("{detail}", String(detail()));

  /* Geometry that has come once lies in the browser's cache. Plotly and MapLibre do not ask again for what did not come. */
  const reached = new Set();
  async function reach(address) {
    if (reached.has(address)) return;
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    await answer.arrayBuffer();
    reached.add(address);
  }

  /* n classes out of the ramp, from few to many. */
  function steps(n) {
    const last = center.config.palette.ramp.length - 1;
    return Array.from({ length: n }, (_, i) => (n === 1 ? 0 : Math.round((i * last) / (n - 1))));
  }

  const colours = (n) => steps(n).map((step) => center.config.palette.ramp[step]);

  /* Of a KPI: the same end of the ramp asks to be looked at on every map, so a rate of which more is better falls. */
  const falls = (kpi) => Boolean(center.format.kpi(kpi).low_is_worse);
  const stepsFor = (kpi, n) => (falls(kpi) ? steps(n).reverse() : steps(n));
  const coloursFor = (kpi, n) => (falls(kpi) ? colours(n).reverse() : colours(n));

  /* What the colour scale knows: a step of the ramp for every grid of the level. */
  function stepsOf(message) {
    const { grids } = center;
    const ramp = stepsFor(message.kpi, Math.max(1, message.breaks.length - 1));
    const inView = new Set(grids.inside(message.within, message.level).map((grid) => grid.id));
    return grids.ofLevel(message.level).map((grid, i) => {
      if (message.within && !inView.has(grid.id)) return OUTSIDE;
      if (center.layersDrawn.covers()) return NO_DATA;
      const found = message.classes[i];
      return found === null || found === undefined ? NO_DATA : ramp[found];
    });
  }

  function fits(message) {
    return shown && message && message.level === shown.level && message.kpi === shown.kpi && (message.within || null) === shown.within;
  }

  function pour(message) {
    newest = message;
    schedule();
    center.layers.follow();
  }

  function schedule() {
    clearTimeout(pourTimer);
    const restMs = Math.min(Math.max(POUR_MS, pourTookMs / POUR_SHARE), POUR_LAST_MS);
    pourTimer = setTimeout(pourNow, Math.max(0, pouredAt + restMs - Date.now()));
  }

  /* Until the graphics card, or what stands for it, has drawn it. */
  function time() {
    const began = performance.now();
    const map = canvasMap();
    map.once("render", () => {
      const pen = map.getCanvas().getContext("webgl2");
      const drawing = pen.fenceSync(pen.SYNC_GPU_COMMANDS_COMPLETE, 0);
      if (!drawing) return; // the context was lost
      const look = () => {
        pourTookMs = performance.now() - began;
        if (pen.clientWaitSync(drawing, 0, 0) === pen.TIMEOUT_EXPIRED) setTimeout(look, LOOK_MS);
        else pen.deleteSync(drawing);
      };
      setTimeout(look, LOOK_MS);
    });
  }

  function pourNow() {
    if (!graph || moving || drawn !== shown || !fits(newest)) return;
    pouredAt = Date.now();
    pours += 1;
    if (center.mapColours.paint(graph, GRIDS, stepsOf(newest))) time();
  }

  /* Geometry and borders of a level; false where the view was overtaken. Values follow with the next message; until then no
     grid has data. */
  async function dress() {
    const { grids } = center;
    const view = shown;
    const all = grids.ofLevel(view.level);
    const known = fits(newest) ? stepsOf(newest) : all.map(() => NO_DATA);
    await Promise.all(Array.from({ length: view.level }, (_, above) => reach(url(above + 1))));
    const lines = await borders(view);
    if (view !== shown) return false;
    lined = lines;
    const trace = { geojson: url(view.level), locations: [all.map((grid, position) => position)], z: [known] };
    await window.Plotly.update(graph, trace, { "map.layers": allLines() }, [GRIDS]);
    center.overlay.show(view);
    return true;
  }

  const layer = (style, source) => ({
    sourcetype: "geojson",
    source,
    type: "line",
    color: style.color,
    opacity: style.opacity,
    line: { ...style.line, width: (style.line.width * rem()) / 16 },
  });

  const allLines = () => [...lined, ...center.layersDrawn.lines().map(({ style, source }) => layer(style, source))];

  async function borders(view) {
    const { lines } = center.config.styles;
    const layers = [];
    for (let level = Math.max(1, view.level - 1); level >= 1; level -= 1) {
      layers.push(layer(level === 1 ? lines.first : lines.middle, url(level)));
    }
    const focus = view.within && (await feature(view.within));
    if (focus) layers.push(layer(lines.focus, focus));
    return layers;
  }

  async function feature(id) {
    const grid = center.grids.get(id);
    try {
      const response = await fetch(url(grid.level));
      const collection = await response.json();
      return collection.features.find((entry) => entry.id === grid.code) || null;
    } catch {
      return null; // the outline is a help, not the picture
    }
  }

  /* Camera: Web Mercator, a world of 512 px at zoom 0 */
  const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

  /* Beside the panels where they lie over the map, else in the middle of it. */
  function cameraFor(within) {
    const stand = center.standing.of(within, graph);
    return stand ? cameraAt(stand) : cameraOn(center.grids.bbox(within));
  }

  /* A box of Mercator degrees whose left upper corner stands at a pixel of the map, so many pixels wide. */
  function cameraAt({ west, north, wide, size, x, y }) {
    const perPixel = wide / size;
    const lon = west + (graph.clientWidth / 2 - x) * perPixel;
    const down = north + (graph.clientHeight / 2 - y) * perPixel;
    const lat = (360 / Math.PI) * Math.atan(Math.exp((-down * Math.PI) / 180)) - 90;
    return { center: { lon, lat }, zoom: Math.min(Math.log2(360 / perPixel / 512), 18) };
  }

  function cameraOn([west, south, east, north]) {
    const { clientWidth, clientHeight } = graph;
    const wide = Math.max((east - west) / 360, 1e-7);
    const high = Math.max((mercator(north) - mercator(south)) / (2 * Math.PI), 1e-7);
    const free = 1 - 2 * MARGIN;
    const zoom = Math.log2(Math.min((clientWidth * free) / wide, (clientHeight * free) / high) / 512);
    const middle = (mercator(south) + mercator(north)) / 2;
    const lat = (360 / Math.PI) * Math.atan(Math.exp(middle)) - 90;
    return { center: { lon: (west + east) / 2, lat }, zoom: Math.min(zoom, 18) };
  }

  function settle(camera) {
    moving = false;
    const told = window.Plotly.relayout(graph, { "map.center": camera.center, "map.zoom": camera.zoom, "map.bearing": 0, "map.pitch": 0 });
    // Plotly sets the centre before the zoom; where the whole world is lower than the map, MapLibre then keeps the equator.
    return told.then(() => canvasMap()?.jumpTo({ center: [camera.center.lon, camera.center.lat], zoom: camera.zoom }));
  }

  /* Plotly keeps its own copy of the camera: move MapLibre smoothly, then tell Plotly where it stands. */
  function moveTo(camera, smooth) {
    const map = canvasMap();
    if (!smooth || calm() || !map) return settle(camera);
    moving = true;
    return new Promise((resolve) => {
      let done = false;
      const end = () => {
        if (done) return;
        done = true;
        resolve(settle(camera));
      };
      map.once("moveend", end);
      setTimeout(end, 2 * MOVE_MS);
      map.easeTo({ center: [camera.center.lon, camera.center.lat], zoom: camera.zoom, duration: MOVE_MS });
    });
  }

  let work = Promise.resolve();
  let underWay = 0;

  /* One change after the other: Plotly does not like to be told twice at once. A view that was overtaken is not drawn, so
     what is to be done follows from the last one that was. */
  function inTurn(change) {
    underWay += 1;
    // A change that fails must not keep the next ones from being made.
    work = work.then(ready).then(change).catch((error) => console.error(error)).finally(() => (underWay -= 1));
  }

  function show(view) {
    shown = view;
    center.layers.viewChanged();
    tellLate();
    wear(view);
  }

  /* A map that is empty, or still of another place than the page, must not look as if that were all. */
  function tellLate() {
    const word = document.getElementById("map-late");
    clearTimeout(lateTimer);
    if (word) word.hidden = drawn === shown || word.hidden;
    if (drawn !== shown) lateTimer = setTimeout(sayLate, LATE_MS);
  }

  function sayLate() {
    const word = document.getElementById("map-late");
    if (word) word.hidden = false;
    else lateTimer = setTimeout(sayLate, LATE_MS); // the page itself is not there yet
  }

  /* A server that is away now is asked again; until it answers, the map keeps the view that it has. */
  function wear(view) {
    inTurn(async () => {
      if (view !== shown) return;
      const first = drawn === null;
      const moved = first || drawn.within !== view.within;
      const changed = moved || drawn.level !== view.level;
      if (first) await moveTo(cameraFor(view.within), false);
      try {
        if (changed && !(await dress())) return;
      } catch {
        setTimeout(wear, RETRY_MS, view);
        return;
      }
      drawn = view;
      tellLate();
      if (moved && !first && view === shown) {
        touched = false;
        await moveTo(cameraFor(view.within), true);
      } else refit(); // the panels may have grown while the map was dressed
      schedule();
    });
  }

  /* What lies beside the city has another size; where the viewer moved the map, it stays there. */
  function refit() {
    inTurn(async () => {
      if (!drawn || drawn !== shown || touched) return;
      await moveTo(cameraFor(shown.within), true);
      schedule(); // numbers that came meanwhile were not poured
    });
  }

  /* What the layers changed: traces by name, with what gives their look once it is their turn; the grids' own colours;
     lines over them. */
  function repaint({ traces = {}, ground = false, lines = false }) {
    inTurn(async () => {
      for (const [name, style] of Object.entries(traces)) {
        await window.Plotly.restyle(graph, style(), [graph.data.findIndex((trace) => trace.name === name)]);
      }
      if (ground && drawn && fits(newest)) center.mapColours.paint(graph, GRIDS, stepsOf(newest));
      if (lines && drawn) await window.Plotly.relayout(graph, { "map.layers": allLines() });
    });
  }

  function ready() {
    return new Promise((resolve) => {
      const look = () => {
        graph = document.querySelector("#map .js-plotly-plot") || document.querySelector("#map.js-plotly-plot");
        if (graph && canvasMap() && canvasMap().isStyleLoaded()) return resolve(listen());
        return setTimeout(look, 50);
      };
      look();
    });
  }

  let listening = false;
  function listen() {
    if (listening) return;
    listening = true;
    center.mapMends.mend(canvasMap());
    graph.on("plotly_click", (event) => {
      if (center.layersDrawn.press(pointOf(event.event))) return;
      const grid = gridOf(event);
      if (grid) center.view.go(center.grids.target(grid, shown.within));
    });
    graph.on("plotly_hover", (event) => {
      hovered = { grid: gridOf(event), value: valueOf(event) };
      tell();
    });
    graph.on("plotly_unhover", () => {
      hovered = null;
      center.overlay.tip(null);
    });
    // What a hand does to the camera, and not what a window does that gets another size: both move the map.
    BY_HAND.forEach((kind) => canvasMap().on(kind, () => (touched = true)));
    canvasMap().getCanvas().addEventListener("keydown", ({ key }) => (touched ||= /^(Arrow|[-+=]$)/.test(key)));
    canvasMap().on("mousemove", (event) => {
      pointer = event.originalEvent;
      tell();
    });
    canvasMap().on("zoomend", () => center.layersDrawn.zoomed());
    center.overlay.attach(canvasMap());
    center.basemap.unhinder(canvasMap());
    new ResizeObserver(() => {
      if (!touched && shown) settle(cameraFor(shown.within));
    }).observe(graph);
    center.standing.follow(refit);
  }

  /* What lies under the pointer, of the grids and of the layers. */
  function tell() {
    if (pointer) center.overlay.tip(hovered, center.layersDrawn.at(pointOf(pointer)), pointer);
  }

  /* A place on the page as pixels and degrees of the map. */
  function pointOf(event) {
    const box = graph.getBoundingClientRect();
    const pixel = { x: event.clientX - box.left, y: event.clientY - box.top };
    const { lng, lat } = canvasMap().unproject([pixel.x, pixel.y]);
    return { ...pixel, lon: lng, lat };
  }

  function gridOf(event) {
    const point = event.points.find((entry) => entry.curveNumber === GRIDS);
    return point ? (center.grids.ofLevel(drawn.level)[point.location] ?? null) : null;
  }

  function valueOf(event) {
    const point = event.points[0];
    return fits(newest) && point ? newest.values[point.pointIndex ?? point.pointNumber] : null;
  }

  function metresPerPixel() {
    const map = canvasMap();
    const { lat } = map.getCenter();
    return (Math.cos((lat * Math.PI) / 180) * 2 * Math.PI * 6378137) / (512 * 2 ** map.getZoom());
  }

  function pixelOf(lon, lat) {
    const map = canvasMap();
    if (!map) return null;
    const box = graph.getBoundingClientRect();
    const { x, y } = map.project([lon, lat]);
    return { x: box.left + x, y: box.top + y };
  }

  center.map = {
    start: () => center.layers.start(),
    show,
    pour,
    repaint,
    steps,
    detail,
    project: (place) => canvasMap().project(place),
    metresPerPixel,
    colours,
    coloursFor,
    pixelOf,
    rem,
    calm,
    points: (points) => center.overlay.points(points),
    updates: () => pours,
    settled: () => underWay === 0 && drawn === shown && !center.standing.isWaiting(),
  };
})();
