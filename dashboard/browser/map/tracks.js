/* The ways of devices on duty, on a canvas of their own below that of lights and names: it is drawn anew when the map moves or
   a document comes, not with every step of a ring. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  let map = null;
  let canvas = null;
  let pen = null;
  let x = new Float64Array(0); // of all points, in Web Mercator: a world of 1
  let y = new Float64Array(0);
  let steps = []; // of each opacity, runs [from, to] of points that belong together
  let style = null;
  let empty = true; // the canvas

  function attach(maplibre) {
    map = maplibre;
    canvas = document.createElement("canvas");
    canvas.className = "tracks";
    pen = canvas.getContext("2d", { willReadFrequently: true });
    ["move", "resize", "load"].forEach((event) => map.on(event, draw));
    new ResizeObserver(draw).observe(canvas);
    return canvas;
  }

  const mercatorX = (lon) => (lon + 180) / 360;
  const mercatorY = (lat) => (1 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / Math.PI) / 2;
  const lonOf = (value) => 360 * value - 180;
  const latOf = (value) => (360 / Math.PI) * Math.atan(Math.exp(Math.PI * (1 - 2 * value))) - 90;

  /* `layers/tracks.py` does the same. */
  function stepOf(ageS, spanS, count) {
    return Math.min(count - 1, Math.max(0, count - 1 - Math.floor((ageS * count) / spanS)));
  }

  /* Documents of the layer; none empties it. */
  function show(documents, look) {
    style = look;
    const lines = documents.flatMap(({ minutes, tracks }) =>
      tracks.flatMap((track) => track.lines.map((line) => ({ line, spanS: 60 * minutes }))),
    );
    const count = lines.reduce((sum, { line }) => sum + line.length, 0);
    if (count !== x.length) [x, y] = [new Float64Array(count), new Float64Array(count)];
    steps = style ? style.opacities.map(() => []) : [];
    let at = 0;
    lines.forEach(({ line, spanS }) => {
      line.forEach(([lon, lat, ageS], i) => {
        x[at] = mercatorX(lon);
        y[at] = mercatorY(lat);
        if (i) join(steps[stepOf(ageS, spanS, steps.length)], at);
        at += 1;
      });
    });
    draw();
  }

  function join(runs, at) {
    const last = runs[runs.length - 1];
    if (last && last[1] === at - 1) last[1] = at;
    else runs.push([at - 1, at]);
  }

  /* From a world of 1 to pixels. Looked at from straight above it is the same linear map everywhere, so that three places tell
     those of all; MapLibre's own way is many times slower. */
  function toPixels() {
    if (map.getPitch()) return (i) => map.project([lonOf(x[i]), latOf(y[i])]);
    const { lng, lat } = map.getCenter();
    const [x0, y0, far] = [mercatorX(lng), mercatorY(lat), 2 ** -map.getZoom() / 4];
    const origin = map.project([lng, lat]);
    const east = map.project([lonOf(x0 + far), lat]);
    const south = map.project([lng, latOf(y0 + far)]);
    const [a, b, c, d] = [east.x - origin.x, south.x - origin.x, east.y - origin.y, south.y - origin.y].map((part) => part / far);
    return (i) => ({ x: origin.x + a * (x[i] - x0) + b * (y[i] - y0), y: origin.y + c * (x[i] - x0) + d * (y[i] - y0) });
  }

  function draw() {
    if (!map || (empty && !x.length)) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    empty = !x.length;
    if (empty) return;
    const pixel = toPixels();
    const wide = style.width * center.map.rem();
    pen.lineCap = "round";
    pen.lineJoin = "round";
    // What is older lies below.
    steps.forEach((runs, step) => {
      pen.globalAlpha = style.opacities[step];
      pen.beginPath();
      runs.forEach((run) => trace(pixel, run));
      pen.strokeStyle = style.seam;
      pen.lineWidth = 2.2 * wide;
      pen.stroke();
      pen.strokeStyle = style.color;
      pen.lineWidth = wide;
      pen.stroke();
    });
    pen.globalAlpha = 1;
  }

  function trace(pixel, [from, to]) {
    const begin = pixel(from);
    pen.moveTo(begin.x, begin.y);
    for (let i = from + 1; i <= to; i += 1) {
      const next = pixel(i);
      pen.lineTo(next.x, next.y);
    }
  }

  const state = () => ({ points: x.length, runs: steps.map((runs) => runs.length) });

  center.tracksDrawn = { attach, show, state };
})();
