/* The grid system: fetched once, small enough to keep. A grid is "LEVEL:CODE", the city is null. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const RETRY_MS = 3000;
  const PATIENCE_MS = 30000; // an answer that never comes must not leave a wall empty for ever
  let index = null;
  let byId = new Map();
  let levels = [];
  let shortNames = new Map(); // names with an addition in brackets -> without it

  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  async function fetchIndex() {
    try {
      const response = await fetch("/api/v1/grids", { signal: AbortSignal.timeout(PATIENCE_MS) });
      const body = await response.json();
      if (response.ok && body.grids.length) return body;
      center.live.say(body.error ? `error.${body.error.code}` : "page.no_grids");
    } catch {
      center.live.say("page.loading"); // not up yet: ask again
    }
    return null;
  }

  /* Resolves once there are grids; a center without any waits for their import. */
  async function load() {
    for (;;) {
      const body = await fetchIndex();
      if (body) return keep(body);
      await wait(RETRY_MS);
    }
  }

  function keep(body) {
    index = body;
    byId = new Map(body.grids.map((grid) => [grid.id, grid]));
    levels = Array.from({ length: body.depth }, () => []);
    body.grids.forEach((grid) => levels[grid.level - 1].push(grid));
    shortNames = new Map(levels.flatMap(shortened));
    center.live.say(null);
  }

  const ADDITION = /\s*(（[^（）]*）|\([^()]*\))$/;

  /* 高新区（城东街道） is 高新区 where room is scarce, unless another grid of the level would have the same name. */
  function shortened(grids) {
    const stripped = grids.map((grid) => String(center.format.local(grid.name)).replace(ADDITION, ""));
    const times = new Map();
    stripped.forEach((name) => times.set(name, (times.get(name) ?? 0) + 1));
    return grids.map((grid, i) => [center.format.local(grid.name), stripped[i]])
      .filter(([whole, name]) => name && name !== whole && times.get(name) === 1);
  }

  const short = (name) => shortNames.get(name) ?? name;

  const get = (id) => (id === null || id === undefined ? null : byId.get(id) || null);
  const levelOf = (id) => (get(id) ? get(id).level : 0);
  const ofLevel = (level) => levels[level - 1] || [];
  const slice = (id) => (get(id) ? [get(id).lo, get(id).hi] : [0, Infinity]);

  function inside(id, level) {
    const [lo, hi] = slice(id);
    return ofLevel(level).filter((grid) => grid.lo >= lo && grid.hi <= hi);
  }

  function ancestor(grid, level) {
    let at = grid;
    while (at && at.level > level) at = get(at.parent);
    return at;
  }

  /* Where a click on `grid` leads: to the child of the grid in view, or beside it where the click fell outside. */
  function target(grid, within) {
    const depth = levelOf(within);
    const beside = depth ? ancestor(grid, depth) : null;
    if (beside && beside.id !== within) return beside.id;
    const child = ancestor(grid, Math.min(depth + 1, index.depth));
    return child ? child.id : within;
  }

  function path(id) {
    const steps = [];
    for (let at = get(id); at; at = get(at.parent)) steps.unshift({ id: at.id, name: at.name });
    return [{ id: null, name: city() }, ...steps];
  }

  function bbox(id) {
    if (get(id)) return get(id).bbox;
    const boxes = ofLevel(1).map((grid) => grid.bbox);
    const at = (i, pick) => pick(...boxes.map((box) => box[i]));
    return [at(0, Math.min), at(1, Math.min), at(2, Math.max), at(3, Math.max)];
  }

  const city = () => center.format.local(index.city);
  const levelName = (level) => {
    if (level === 0) return center.format.t("levels.city");
    return center.format.local(index.level_names[level - 1] || String(level));
  };

  center.grids = {
    load, get, short, levelOf, ofLevel, inside, ancestor, target, path, bbox, city, levelName,
    depth: () => (index ? index.depth : 0),
    ready: () => index !== null,
    demo: () => Boolean(index && index.demo),
  };
})();
