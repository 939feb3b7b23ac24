/* The map: where the incident lies, what lies near it, and, for one without a place, the press that places it. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const NEAR_ZOOM = 14.2;
  const MARGIN = 0.06;
  const STEP_PX = 12;
  const t = (key, values) => center.format.t(key, values);

  let graph = null; // Plotly's div
  let map = null; // MapLibre
  let got = null;
  let marks = []; // {at: [lon, lat], node}
  let placing = false;
  let pin = null;
  let framed = "";
  let crosshair = ""; // names of the grids under it
  let standing = false; // dressed, and looking where it should

  const url = (level) => center.config.geometry_url.replace("{level}", String(level));
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

  function ready() {
    return new Promise((resolve) => {
      const look = () => {
        graph = document.querySelector("#map .js-plotly-plot") || document.querySelector("#map.js-plotly-plot");
        const layout = graph && graph._fullLayout;
        map = layout && layout.map && layout.map._subplot && layout.map._subplot.map;
        if (map && map.isStyleLoaded()) return resolve();
        return setTimeout(look, 50);
      };
      look();
    });
  }

  /* Towns as ground, the borders of every level over them. */
  async function dress() {
    const { lines } = center.config.styles;
    const style = (level) => (level === 1 ? lines.first : lines.middle);
    const layers = [];
    for (let level = center.grids.depth(); level >= 1; level -= 1) {
      const { color, opacity, line } = style(level);
      layers.push({ sourcetype: "geojson", source: url(level), type: "line", color, opacity, line: { width: (line.width * rem()) / 16 } });
    }
    const towns = center.grids.ofLevel(1);
    const ground = { geojson: url(1), locations: [towns.map((grid, position) => position)], z: [towns.map(() => -1)], "marker.opacity": center.config.ground_opacity };
    await window.Plotly.update(graph, ground, { "map.layers": layers, hovermode: false }, [0]);
  }

  const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

  function cameraFor([west, south, east, north]) {
    const wide = Math.max((east - west) / 360, 1e-7);
    const high = Math.max((mercator(north) - mercator(south)) / (2 * Math.PI), 1e-7);
    const free = 1 - 2 * MARGIN;
    const zoom = Math.log2(Math.min((graph.clientWidth * free) / wide, (graph.clientHeight * free) / high) / 512);
    return { center: { lon: (west + east) / 2, lat: (180 / Math.PI) * (2 * Math.atan(Math.exp((mercator(south) + mercator(north)) / 2)) - Math.PI / 2) }, zoom: Math.min(zoom, 17) };
  }

  /* Where to look: at the incident, else at the area that is known to hold it, else at the city. */
  function camera() {
    if (got && got.position) return { center: { lon: got.position[0], lat: got.position[1] }, zoom: NEAR_ZOOM };
    const row = got && got.row;
    const grid = row && ((row.area && row.area.id) || (row.grid && row.grid.id));
    return cameraFor(center.grids.bbox(grid || null));
  }

  function look() {
    const next = camera();
    const print = JSON.stringify([next, graph.clientWidth, graph.clientHeight]);
    if (print === framed) return;
    framed = print;
    window.Plotly.relayout(graph, { "map.center": next.center, "map.zoom": next.zoom, "map.bearing": 0, "map.pitch": 0 });
  }

  function show(document_, other) {
    got = document_;
    if (!standing) return;
    drawMarks();
    if (other || !placing) look();
  }

  /* Marks: buttons above the map, so that they can be read aloud and reached by keys. */
  function markOf(one, kind) {
    const { el } = desk.dom;
    const label = [t(`desk.mark_${kind}`), desk.words.category(one.category), desk.nearby.facts(one)].join(" · ");
    return el("button", { type: "button", class: `spot ${kind}`, title: label, "aria-label": label, tabindex: "-1", on: { click: () => desk.incident.open(one.id) } });
  }

  function drawMarks() {
    const { el, fill } = desk.dom;
    marks = [];
    if (got) {
      const twins = new Set(got.duplicates.map((one) => one.id));
      const near = got.neighbours.filter((one) => one.position && !twins.has(one.id));
      marks = [
        ...near.map((one) => ({ at: one.position, node: markOf(one, one.same_category ? "same" : "other") })),
        ...got.duplicates.filter((one) => one.position).map((one) => ({ at: one.position, node: markOf(one, "twin") })),
      ];
      if (got.position) {
        const lit = got.row.light === "red" || got.row.light === "yellow" ? got.row.light : "none";
        marks.push({ at: got.position, node: el("i", { class: `spot here ${lit}`, role: "img", "aria-label": t("desk.mark_here") }) });
      }
    }
    if (pin) marks.push({ at: pin, node: el("i", { class: "spot pin", role: "img", "aria-label": t("desk.mark_pin") }) });
    fill("map-marks", marks.map((mark) => mark.node));
    says();
    settle();
  }

  function settle() {
    marks.forEach(({ at, node }) => {
      const { x, y } = map.project(at);
      node.style.transform = `translate(${x}px, ${y}px)`;
    });
    names();
  }

  /* Names of the grids in sight: the finest level that has room, the larger grid first, none over another. */
  function names() {
    const { el, fill } = desk.dom;
    const { clientWidth: width, clientHeight: height } = graph;
    const depth = center.grids.depth();
    const zoom = map.getZoom();
    const level = zoom > 13 ? depth : zoom > 11 ? Math.max(1, depth - 1) : 1;
    const unit = rem();
    const taken = [[0, height - 2.2 * unit, width, height], ...marks.map(({ at }) => around(map.project(at), unit, unit))];
    const shown = center.grids.ofLevel(level).filter((grid) => grid.label).sort((a, b) => b.area_m2 - a.area_m2).flatMap((grid) => {
      const point = map.project(grid.label);
      const text = center.format.local(grid.name);
      const box = around(point, (0.55 + 0.5 * text.length) * unit, 0.8 * unit);
      const outside = box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height;
      if (outside || taken.some((other) => overlap(box, other))) return [];
      taken.push(box);
      return [el("span", { class: "grid-name", style: { transform: `translate(${point.x}px, ${point.y}px) translate(-50%, -50%)` } }, text)];
    });
    fill("map-names", shown);
  }

  const around = ({ x, y }, wide, high) => [x - wide, y - high, x + wide, y + high];
  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  function says() {
    const { el, fill, span } = desk.dom;
    const key = (kind) => span("key-entry", el("i", { class: `spot still ${kind}` }), t(`desk.mark_${kind}`));
    if (placing) return fill("map-says", el("b", {}, crosshair || t("desk.place_hint")));
    if (!got) return fill("map-says");
    const kinds = [got.position && "here", got.duplicates.length && "twin", got.neighbours.length && "same", got.neighbours.length && "other"].filter(Boolean);
    return fill("map-says", got.position ? kinds.map(key) : span("", t("newest.unlocated")));
  }

  /* Placing */
  function place(on) {
    placing = on;
    pin = null;
    crosshair = "";
    const frame = desk.dom.byId("map-frame");
    frame.classList.toggle("placing", on);
    frame.tabIndex = on ? 0 : -1;
    if (standing) drawMarks();
  }

  function candidate(lon, lat) {
    const known = Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
    pin = known ? [lon, lat] : null;
    if (known) hover({ lng: lon, lat });
    if (standing) drawMarks();
  }

  /* The names of the grids under the crosshair, as it moves over the map. */
  function hover({ lng, lat }) {
    if (!placing) return;
    desk.place.at("map", lng, lat, (names) => {
      if (!placing) return;
      crosshair = names;
      says();
    });
  }

  /* A grid chosen by its name: the map looks at it. */
  function showGrid(id) {
    crosshair = desk.place.pathOf(center.grids.get(id));
    if (!standing) return;
    says();
    const next = cameraFor(center.grids.bbox(id));
    framed = JSON.stringify([next, graph.clientWidth, graph.clientHeight]);
    window.Plotly.relayout(graph, { "map.center": next.center, "map.zoom": next.zoom });
  }

  /* Arrows move the pin, as a hand with the mouse would. */
  function nudge(event) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (placing && event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      return void desk.form.submit();
    }
    if (!placing || !by) return undefined;
    const from = map.project(pin || map.getCenter());
    const step = STEP_PX * (event.shiftKey ? 5 : 1);
    const { lng, lat } = map.unproject([from.x + by[0] * step, from.y + by[1] * step]);
    desk.form.placed(lng, lat);
    event.preventDefault();
    event.stopPropagation();
    return undefined;
  }

  function pixelOf(lon, lat) {
    const box = graph.getBoundingClientRect();
    const { x, y } = map.project([lon, lat]);
    return { x: box.left + x, y: box.top + y };
  }

  async function start() {
    await ready();
    center.basemap.unhinder(map);
    await dress();
    map.on("move", settle);
    map.on("resize", settle);
    map.on("mousemove", (event) => hover(event.lngLat));
    map.on("click", (event) => placing && desk.form.placed(event.lngLat.lng, event.lngLat.lat));
    desk.dom.byId("map-frame").addEventListener("keydown", nudge);
    new ResizeObserver(() => {
      look();
      settle();
    }).observe(graph);
    look();
    standing = true;
    drawMarks();
  }

  const focus = () => desk.dom.byId("map-frame").focus({ preventScroll: true });

  desk.map = { start, show, place, showGrid, candidate, focus, pixelOf, ready: () => standing, placing: () => placing };
})();
