/* What layers look like: their documents into traces and lines of the one map and marks above it, and what of them lies
   under the pointer. Nothing is ever made anew: a layer that is switched off is a trace without data. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const NEAR_REM = 0.7; // so near to a mark means the mark
  // Of MapLibre's heatmap: over points as dense everywhere, so much of their weight per radius squared adds up.
  const KERNEL = (0.3989422804 * 2 * Math.PI) / 9;
  const SAME_RADIUS = 0.03;

  const drawn = new Map(); // layer -> its document
  let boxes = []; // of the fill: what to look through for the shape under the pointer
  let marks = [];
  let radiusPx = 0;

  const styles = () => center.config.styles;
  const paintOf = (key) => styles().layers[key].paint;
  const ofPaint = (paint) => [...drawn.keys()].filter((key) => paintOf(key) === paint);

  /* Only one ground is on at a time. */
  const ground = () => [...drawn.keys()].find((key) => styles().layers[key].place === "ground") ?? null;
  const covers = () => ground() !== null;

  const painters = {
    fill: {
      show(key, { geojson, breaks }) {
        const ramp = center.map.steps(Math.max(1, breaks.length - 1));
        const { features } = geojson;
        boxes = features.map(({ geometry, properties }) => ({ geometry, n: properties.n, box: boxOf(geometry) }));
        const z = features.map(({ properties }) => ramp[properties.c]);
        const trace = { visible: true, geojson: [geojson], locations: [features.map(({ id }) => id)], z: [z] };
        center.map.repaint({ traces: { [key]: () => trace }, ground: true });
      },
      hide(key) {
        boxes = [];
        const nothing = { type: "FeatureCollection", features: [] };
        const trace = { visible: false, geojson: [nothing], locations: [[]], z: [[]] };
        center.map.repaint({ traces: { [key]: () => trace }, ground: true });
      },
    },
    heat: {
      show(key, { lon, lat, weight, breaks }) {
        const radiusKm = radiusM(key) / 1000;
        const zmax = Math.max(KERNEL * full(breaks) * radiusKm ** 2, 1e-6);
        const trace = { visible: true, lon: [lon], lat: [lat], z: [weight], zmax };
        center.map.repaint({ traces: { [key]: () => ({ ...trace, radius: smeared(radiusKm) }) }, ground: true });
      },
      hide(key) {
        const trace = { visible: false, lon: [[]], lat: [[]], z: [[]] };
        center.map.repaint({ traces: { [key]: () => trace }, ground: true });
      },
    },
    outline: {
      show: () => outlinesChanged(),
      hide: () => outlinesChanged(),
    },
    mark: {
      show: () => marksChanged(),
      hide: () => marksChanged(),
    },
    track: {
      show: (key) => tracksChanged(key),
      hide: (key) => tracksChanged(key),
    },
  };

  /* The density at which the last colour stands: where the last class begins. */
  const full = (breaks) => (breaks.length > 1 ? breaks[breaks.length - 2] || breaks[breaks.length - 1] : 1);

  const radiusM = (key) => styles()[key].radius_m[drawn.get(key).within ? "grid" : "city"];
  const pixels = (radiusKm) => Math.max(2, (1000 * radiusKm) / center.map.metresPerPixel());
  const smeared = (radiusKm) => (radiusPx = pixels(radiusKm));

  /* A report is smeared over the same ground however near one looks. */
  function zoomed() {
    ofPaint("heat").forEach((key) => {
      const radiusKm = radiusM(key) / 1000;
      if (Math.abs(pixels(radiusKm) / radiusPx - 1) < SAME_RADIUS) return;
      center.map.repaint({ traces: { [key]: () => ({ radius: smeared(radiusKm) }) } });
    });
  }

  const lines = () =>
    ofPaint("outline").map((key) => {
      const features = drawn.get(key).outlines.map(({ geometry }) => ({ type: "Feature", properties: {}, geometry }));
      return { style: styles().lines[key], source: { type: "FeatureCollection", features } };
    });

  function outlinesChanged() {
    const outlines = ofPaint("outline").flatMap((key) => drawn.get(key).outlines);
    center.overlay.names(outlines.length ? outlines : null);
    center.map.repaint({ lines: true });
  }

  function marksChanged() {
    const own = (key) => (mark) => ({ ...mark, style: styles()[key], said: [["layers.stream", mark.stream]] });
    marks = [...ofPaint("mark").flatMap((key) => drawn.get(key).marks.map(own(key))), ...ofPaint("track").flatMap(heads)];
    center.overlay.marks(marks);
  }

  function tracksChanged(key) {
    center.tracksDrawn.show(drawn.has(key) ? [drawn.get(key)] : [], styles()[key]);
    marksChanged();
  }

  /* Where each was seen last is a mark like others. */
  function heads(key) {
    const { moment, tracks } = drawn.get(key);
    const { head, silent, silent_s: silentS } = styles()[key];
    const { t, time } = center.format;
    return tracks.map(({ code, name, post, lines: ways }) => {
      const [lon, lat, ageS] = ways.at(-1).at(-1);
      const seen = time(new Date(new Date(moment) - 1000 * ageS), false);
      const said = [["layers.post", t(`desk_post.${post}`)], ["layers.seen", seen]];
      return { code, name, lon, lat, said, style: ageS > silentS ? silent : head };
    });
  }

  function draw(key, document) {
    drawn.set(key, document);
    painters[paintOf(key)].show(key, document);
  }

  function clear(key) {
    drawn.delete(key);
    painters[paintOf(key)].hide(key);
  }

  /* Under the pointer */
  const ringsOf = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : coordinates).flat();

  function boxOf(geometry) {
    const places = ringsOf(geometry).flat();
    const lon = places.map((place) => place[0]);
    const lat = places.map((place) => place[1]);
    return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
  }

  /* Even and odd crossings of a ray, over all rings: holes are not inside. */
  function holds(geometry, { lon, lat }) {
    let inside = false;
    ringsOf(geometry).forEach((ring) => {
      ring.slice(1).forEach(([x2, y2], i) => {
        const [x1, y1] = ring[i];
        if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) * (x2 - x1)) / (y2 - y1)) inside = !inside;
      });
    });
    return inside;
  }

  const within = ([west, south, east, north], { lon, lat }) => west <= lon && lon <= east && south <= lat && lat <= north;

  function markAt(point) {
    const reach = NEAR_REM * center.map.rem();
    let nearest = null;
    let least = reach;
    marks.forEach((mark) => {
      const { x, y } = center.map.project([mark.lon, mark.lat]);
      const away = Math.hypot(x - point.x, y - point.y);
      if (away <= least) [nearest, least] = [mark, away];
    });
    return nearest;
  }

  /* The mark there is; and whether a layer stands for the colour of the grid, with what it says. */
  function at(point) {
    const key = ground();
    const found = { mark: markAt(point), replaced: key !== null, text: null };
    if (key !== null && paintOf(key) === "fill") {
      const shape = boxes.find(({ box, geometry }) => within(box, point) && holds(geometry, point));
      const { t, number } = center.format;
      found.text = t("layers.here", { n: number(shape ? shape.n : 0), days: drawn.get(key).days });
    }
    return found;
  }

  /* A mark that was pressed says all it has to say, until something else is pressed. */
  function press(point) {
    const mark = markAt(point);
    card().hidden = mark === null;
    if (mark) fillCard(mark);
    return mark !== null;
  }

  const card = () => document.getElementById("mark-card");

  function fillCard(mark) {
    const { t } = center.format;
    const make = (tag, text, className) => Object.assign(document.createElement(tag), { textContent: text, className });
    const entries = [["layers.code", mark.code], ...mark.said];
    const list = document.createElement("dl");
    list.append(...entries.flatMap(([label, text]) => [make("dt", t(label), ""), make("dd", text, "")]));
    card().querySelector(".content").replaceChildren(make("strong", mark.name, ""), list);
  }

  function start() {
    document.addEventListener("click", ({ target }) => {
      if (target.closest(".close") || !target.closest("#mark-card, .map")) card().hidden = true;
    });
  }

  center.layersDrawn = { start, draw, clear, covers, full, lines, zoomed, at, press };
})();
