/* On a very wide wall: the area that is last in the league, its own map, its numbers beside the city's, and what has been
   open there longest. The numbers on the map are those of the list. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const parts = (center.parts = center.parts || {});
  const WIDE = window.matchMedia("(min-aspect-ratio: 3 / 1)");
  const FRESH_MS = 30e3;
  const RETRY_MS = 5e3;
  const PATIENCE_MS = 15e3;
  const ROWS = 8;
  const DETAIL = 1; // the shapes that the city's map has fetched already
  const MARGIN = 0.04;

  let wanted = null; // what is asked for: area, KPI and level in one text
  let known = null; // what came: { asked, at, row, answer, shapes, outline }
  let askedAt = -Infinity;

  const isOn = (frame) => WIDE.matches && frame.within === null && !center.timeMachine.isPast();

  /* The last of those that have a rank. */
  function lastOf(frame) {
    const ranked = frame.league.filter((row) => center.format.isNumber(row.rank));
    return ranked.length ? ranked.reduce((a, b) => (b.rank >= a.rank ? b : a)) : null;
  }

  const shapesAt = (level) => center.config.geometry_url.replace("{level}", String(level)).replace("{detail}", String(DETAIL));

  async function document_(address) {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return answer.json();
  }

  async function ask(row, asked, level, kpi) {
    askedAt = performance.now();
    const grid = center.grids.get(row.id);
    const codes = new Set(center.grids.inside(row.id, level).map((one) => one.code));
    try {
      const [answer, leaves, outlines] = await Promise.all([
        document_(`/api/v1/frame?within=${encodeURIComponent(row.id)}&level=${level}&kpi=${encodeURIComponent(kpi)}`),
        document_(shapesAt(level)),
        document_(shapesAt(grid.level)),
      ]);
      if (asked !== wanted) return;
      const shapes = leaves.features.filter((one) => codes.has(one.id));
      known = { asked, at: performance.now(), row, answer, shapes, outline: outlines.features.find((one) => one.id === grid.code) };
      if (center.live.shown()) center.publish("frame", center.live.shown());
    } catch {
      // Asked again by one of the next frames; what is known grows old and says its time.
    }
  }

  function follow(frame) {
    const row = lastOf(frame);
    const { kpi } = center.view.current();
    const level = center.grids.depth();
    wanted = row && `${row.id} ${level} ${kpi}`;
    if (known && known.asked !== wanted) known = null;
    const restMs = known ? FRESH_MS : RETRY_MS;
    const since = Math.max(known ? known.at : -Infinity, askedAt);
    if (row && performance.now() - since > restMs) ask(row, wanted, level, kpi);
  }

  const mercator = (lat) => (-180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

  /* From degrees to pixels, so that a box of degrees stands in the middle of a canvas. */
  function projection([west, south, east, north], width, height) {
    const [top, bottom] = [mercator(north), mercator(south)];
    const scale = (1 - 2 * MARGIN) * Math.min(width / (east - west), height / (bottom - top));
    const [left, up] = [(width - scale * (east - west)) / 2, (height - scale * (bottom - top)) / 2];
    return ([lon, lat]) => [left + scale * (lon - west), up + scale * (mercator(lat) - top)];
  }

  function trace(pen, geometry, project) {
    pen.beginPath();
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    polygons.flat().forEach((ring) => {
      ring.forEach((place, i) => (i ? pen.lineTo(...project(place)) : pen.moveTo(...project(place))));
      pen.closePath();
    });
  }

  function paint(canvas) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = window.devicePixelRatio || 1;
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (!known) return;
    const project = projection(center.grids.get(known.row.id).bbox, width, height);
    fillShapes(pen, project);
    drawPoints(pen, project);
  }

  function fillShapes(pen, project) {
    const { palette } = center.config;
    const { map } = known.answer;
    const colours = center.map.coloursFor(map.kpi, Math.max(1, map.breaks.length - 1));
    const position = new Map(center.grids.ofLevel(map.level).map((grid, at) => [grid.code, at]));
    const unit = center.map.rem();
    known.shapes.forEach((shape) => {
      const found = map.classes[position.get(shape.id)];
      trace(pen, shape.geometry, project);
      pen.fillStyle = center.format.isNumber(found) ? colours[found] : palette.no_data;
      pen.fill("evenodd");
      pen.strokeStyle = palette.leaf_border;
      pen.lineWidth = 0.05 * unit;
      pen.stroke();
    });
    if (!known.outline) return;
    trace(pen, known.outline.geometry, project);
    pen.strokeStyle = palette.border;
    pen.lineWidth = 0.1 * unit;
    pen.stroke();
  }

  const rowsOf = () => known.answer.frame.oldest.slice(0, ROWS);

  function drawPoints(pen, project) {
    const { points } = known.answer.frame;
    const numbers = new Map(rowsOf().map((one, i) => [one.id, i + 1]));
    const unit = center.map.rem();
    const { palette } = center.config;
    pen.font = `700 ${unit}px ${getComputedStyle(document.body).fontFamily}`;
    pen.textBaseline = "middle";
    points.id.forEach((id, i) => {
      if (points.light[i] === "none") return;
      const [x, y] = project([points.lon[i], points.lat[i]]);
      center.overlay.mark(pen, points.light[i], x, y);
      if (!numbers.has(id)) return;
      const text = String(numbers.get(id));
      pen.lineWidth = 0.28 * unit;
      pen.strokeStyle = palette.ink;
      pen.strokeText(text, x + 0.7 * unit, y);
      pen.fillStyle = palette.text;
      pen.fillText(text, x + 0.7 * unit, y);
    });
  }

  function indicators(frame) {
    const { div, span, name } = center.elements;
    const { t, quantity, kpi, short } = center.format;
    const valueOf = (kpis, key) => kpis.find((entry) => entry.key === key)?.value ?? null;
    const head = div("behind-row quiet", span(""), span("value", short(known.row.name)), span("value", t("behind.city")));
    const rows = center.config.panel_kpis.map((key) => {
      const { name: called, unit } = kpi(key);
      const told = unit === "ratio" ? "" : ` ${t(`unit.${unit}`)}`;
      const [here, all] = [known.answer.frame.kpis, frame.kpis].map((kpis) => quantity(valueOf(kpis, key), unit));
      return div("behind-row", name(`${called}${unit === "ratio" ? " %" : told}`), span("value", here), span("value quiet", all));
    });
    return [head, ...rows];
  }

  function oldest() {
    const { div, span, name } = center.elements;
    const { t, local, short } = center.format;
    const { points, moment } = known.answer.frame;
    const lit = new Set(points.id.filter((_, i) => points.light[i] !== "none"));
    return rowsOf().map((one, i) => {
      const line = `${local(one.category) || t("newest.uncategorised")} · ${short(local(one.grid)) || t("newest.unlocated")}`;
      return div("behind-case", span("quiet", lit.has(one.id) ? String(i + 1) : ""), name(line), center.timeLeft(one, moment));
    });
  }

  parts.behind = function (frame) {
    const { div, h, empty } = center.elements;
    const { t, short } = center.format;
    if (!isOn(frame)) return [];
    follow(frame);
    requestAnimationFrame(() => paint(document.getElementById("behind-map")));
    if (!known) return wanted ? h("P", { className: "empty" }, t("page.loading")) : empty();
    const { row } = known;
    return [
      div("behind-name", short(row.name)),
      div("quiet", t("behind.rank", { rank: row.rank, of: frame.league.length })),
      div("behind-table", indicators(frame)),
      div("heading", h("H3", {}, t("oldest.title")), h("Span", {}, t("oldest.due"))),
      div("behind-table", oldest()),
    ];
  };
})();
