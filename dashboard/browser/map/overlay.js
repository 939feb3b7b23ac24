/* Names, lights and rings above the map. Drawn here, in the browser's own fonts: MapLibre would ask another host for
   glyphs and sprites, and would scale its letters. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const RING_MS = 100; // a step of a ring; every step has the whole map put together anew, which without a graphics card takes long
  let map = null;
  let canvas = null;
  let view = null;
  let points = [];
  let names = [];
  let unitNames = null; // names of outlines that lie on the map, in place of those of grids
  let marks = []; // what layers put there: places with a name
  const seen = new Map(); // incident id -> when its ring began, or null where it was here before us
  let running = false;
  let written = []; // the names that have found a place

  function attach(maplibre) {
    map = maplibre;
    canvas = document.createElement("canvas");
    document.getElementById("map-overlay").replaceChildren(center.tracksDrawn.attach(map), canvas);
    ["move", "resize", "load"].forEach((event) => map.on(event, draw));
    new ResizeObserver(draw).observe(canvas);
    document.querySelector(".map").addEventListener("mouseleave", () => tip(null));
    draw();
  }

  function show(next) {
    view = next;
    const { grids } = center;
    const level = Math.min(grids.levelOf(view.within) + 1, grids.depth());
    const children = view.within && grids.levelOf(view.within) === grids.depth() ? [grids.get(view.within)] : grids.inside(view.within, level);
    names = children
      .filter((grid) => grid.label)
      .sort((a, b) => b.area_m2 - a.area_m2)
      .map((grid) => ({ text: center.format.short(grid.name), at: grid.label, bbox: grid.bbox }));
    draw();
  }

  function setNames(next) {
    unitNames = next && next.map((entry) => ({ text: entry.name, at: entry.label }));
    draw();
  }

  function setMarks(next) {
    marks = next;
    draw();
  }

  function setPoints(next) {
    const first = seen.size === 0;
    const limit = center.config.styles.points.ring_s;
    points = next.id.map((id, i) => ({ id, at: [next.lon[i], next.lat[i]], light: next.light[i], since: Date.now() - 1000 * next.age_s[i] }));
    points.forEach((point) => {
      const { id } = point;
      if (!seen.has(id)) seen.set(id, ageOf(point) < limit && !first ? performance.now() : null);
    });
    if (seen.size > 5000) keepOnly(points);
    draw();
    animate();
  }

  function keepOnly(wanted) {
    const ids = new Set(wanted.map((point) => point.id));
    [...seen.keys()].filter((id) => !ids.has(id)).forEach((id) => seen.delete(id));
  }

  /* An unchanged frame is not sent again: ages grow here. */
  const ageOf = (point) => (Date.now() - point.since) / 1000;

  const ringAge = (id) => {
    const began = seen.get(id);
    return began ? (performance.now() - began) / 1000 : Infinity;
  };

  function animate() {
    if (running) return;
    running = true;
    const step = () => {
      const alive = points.some((point) => ringAge(point.id) < center.config.styles.points.ring_s);
      draw();
      if (!alive) return (running = false);
      return setTimeout(() => requestAnimationFrame(step), center.map.calm() ? 1000 : RING_MS);
    };
    step();
  }

  function draw() {
    if (!map || !canvas) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    paint(pen, width, height);
  }

  /* Onto any canvas whose units are the map's pixels. */
  function paint(pen, width, height) {
    const unit = center.map.rem();
    const style = center.config.styles.points;
    drawMarks(pen, unit, width, height);
    const order = { none: 0, yellow: 1, red: 2 };
    const shown = points.filter((point) => point.light !== "none" || ageOf(point) < style.new_s);
    shown.sort((a, b) => (order[a.light] ?? 0) - (order[b.light] ?? 0)).forEach((point) => drawPoint(pen, unit, point));
    drawNames(pen, unit, width, height);
  }

  const overlaps = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  // Where a name may stand, from the middle of its grid, in its own heights; the middle is the best.
  const SHIFTS = [[0, 0], [0, -1.3], [0, 1.3], [0, -2.4], [0, 2.4], [-2, 0], [2, 0], [-2, -1.3], [2, -1.3], [-2, 1.3], [2, 1.3]];

  /* The middle of a grid on the map, and the room that its name has round it: no name leaves its grid's box. */
  function seatOf({ at, bbox }) {
    const middle = map.project(at);
    if (!bbox) return { middle, room: null };
    const [a, b] = [map.project([bbox[0], bbox[3]]), map.project([bbox[2], bbox[1]])];
    return { middle, room: [a.x, a.y, b.x, b.y] };
  }

  /* The smallest grid is the first to have a place: it has the fewest. A larger one moves aside within itself, and a name
     that finds no place at all is left out. */
  function drawNames(pen, unit, width, height) {
    const style = center.config.styles.labels;
    const size = style.size * unit;
    const pad = style.padding * unit;
    pen.font = `500 ${size}px ${getComputedStyle(document.body).fontFamily}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    const placed = [];
    written = [];
    [...(unitNames ?? names)].reverse().forEach((name) => {
      const { text } = name;
      const { middle, room } = seatOf(name);
      const half = pen.measureText(text).width / 2;
      const boxAt = ([x, y]) => [x - half - pad, y - size / 2 - pad, x + half + pad, y + size / 2 + pad];
      const isFree = (place) => {
        const box = boxAt(place);
        const outside = box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height;
        const strays = room && (place[0] < room[0] || place[0] > room[2] || place[1] < room[1] || place[1] > room[3]);
        return !outside && !strays && !placed.some((other) => overlaps(box, other));
      };
      const seat = SHIFTS.map(([dx, dy]) => [middle.x + dx * size, middle.y + dy * size]).find(isFree);
      if (!seat) return;
      const [x, y] = seat;
      placed.push(boxAt(seat));
      written.push(text);
      pen.strokeStyle = style.halo;
      pen.lineWidth = size * 0.28;
      pen.globalAlpha = 0.85;
      pen.strokeText(text, x, y);
      pen.globalAlpha = 1;
      pen.fillStyle = style.color;
      pen.fillText(text, x, y);
    });
  }

  /* Below the lights: they are what somebody must see. */
  function drawMarks(pen, unit, width, height) {
    const inView = marks.map((mark) => ({ ...map.project([mark.lon, mark.lat]), style: mark.style }))
      .filter(({ x, y }) => x > -unit && y > -unit && x < width + unit && y < height + unit);
    inView.forEach(({ x, y, style }) => {
      outlineOf(pen, style.shape, x, y, ((inView.length > style.many ? style.small : style.size) * unit) / 2);
      pen.fillStyle = style.color;
      pen.fill();
      pen.strokeStyle = style.line;
      pen.lineWidth = unit * 0.1;
      pen.stroke();
    });
  }

  function outlineOf(pen, shape, x, y, r) {
    pen.beginPath();
    if (shape === "triangle") {
      pen.moveTo(x, y - r);
      pen.lineTo(x + 0.95 * r, y + 0.75 * r);
      pen.lineTo(x - 0.95 * r, y + 0.75 * r);
      pen.closePath();
    } else if (shape === "diamond") {
      pen.moveTo(x, y - r);
      pen.lineTo(x + r, y);
      pen.lineTo(x, y + r);
      pen.lineTo(x - r, y);
      pen.closePath();
    } else if (shape === "square") {
      pen.rect(x - 0.8 * r, y - 0.8 * r, 1.6 * r, 1.6 * r);
    } else {
      pen.arc(x, y, r, 0, 2 * Math.PI);
    }
  }

  /* A light where an incident is. */
  function drawLight(pen, unit, light, x, y) {
    const styles = center.config.styles.points;
    const style = styles[light] || styles.none;
    const r = (style.size * unit) / 2;
    outlineOf(pen, style.shape, x, y, r);
    if (style.shape === "ring") {
      pen.strokeStyle = styles.outline;
      pen.lineWidth = unit * 0.28;
      pen.stroke();
      pen.strokeStyle = style.color;
      pen.lineWidth = unit * 0.12;
      pen.stroke();
    } else {
      pen.strokeStyle = styles.outline;
      pen.lineWidth = unit * 0.16;
      pen.stroke();
      pen.fillStyle = style.color;
      pen.fill();
    }
  }

  function drawPoint(pen, unit, point) {
    const { x, y } = map.project(point.at);
    drawLight(pen, unit, point.light, x, y);
    drawRing(pen, unit, x, y, ringAge(point.id), center.config.styles.points);
  }

  function drawRing(pen, unit, x, y, age, styles) {
    if (age >= styles.ring_s) return;
    const color = styles.none.color;
    const waves = center.map.calm() ? [0.5] : [age % 2, (age + 1) % 2].map((at) => at / 2);
    waves.forEach((at) => {
      pen.globalAlpha = (1 - at) * (1 - age / styles.ring_s);
      pen.beginPath();
      pen.arc(x, y, unit * (0.5 + 2.2 * at), 0, 2 * Math.PI);
      pen.strokeStyle = color;
      pen.lineWidth = unit * 0.14;
      pen.stroke();
    });
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.arc(x, y, unit * 0.22, 0, 2 * Math.PI);
    pen.fillStyle = color;
    pen.fill();
  }

  function line(text, className = "") {
    const made = document.createElement("div");
    made.className = className;
    made.textContent = text;
    return made;
  }

  /* The number of a grid, or what the layer says that took the place of its colour. */
  function numberOf(hovered, found) {
    const { quantity, t, kpi } = center.format;
    if (found?.replaced) return found.text;
    const { unit } = kpi(center.view.current().kpi);
    const known = hovered.value !== null && hovered.value !== undefined;
    return known ? [quantity(hovered.value, unit), t(`unit.${unit}`)].join(" ") : t("page.no_data");
  }

  /* What is under the pointer: a mark; the grid, its way down from the city, and its number. */
  function tip(hovered, found, event) {
    const box = document.getElementById("map-tip");
    const grid = hovered?.grid;
    const mark = found?.mark;
    if (!event || !(grid || mark)) {
      box.style.display = "none";
      return;
    }
    const lines = mark ? [line(mark.name, "value"), line(mark.code)] : [];
    if (grid) {
      lines.push(line(center.grids.path(grid.id).slice(1).map((step) => step.name).join(center.format.t("page.path"))));
      const number = mark ? null : numberOf(hovered, found);
      if (number) lines.push(line(number, "value"));
    }
    box.replaceChildren(...lines);
    box.style.display = "block";
    const area = box.parentElement.getBoundingClientRect();
    const left = Math.min(event.clientX - area.left + 16, area.width - box.offsetWidth);
    const top = event.clientY - area.top + 20;
    box.style.left = `${Math.max(0, left)}px`;
    box.style.top = `${top + box.offsetHeight > area.height ? top - box.offsetHeight - 36 : top}px`;
  }

  center.overlay = { attach, show, paint, points: setPoints, names: setNames, marks: setMarks, tip, written: () => written, mark: (pen, light, x, y) => drawLight(pen, center.map.rem(), light, x, y) };
})();
