/* Who is responsible in a grid: one chief and five posts, and where one is vacant. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const parts = (center.parts = center.parts || {});
  const FRESH_MS = 60e3;
  const RETRY_MS = 5e3;
  const PATIENCE_MS = 15e3;
  const LOOK_MS = 1e3;
  const MOST = 64;
  const ROWS = 9;

  const kept = new Map(); // grid -> { at, people }
  let wanted = null; // the grid of the scene that stands
  let waiting = null; // the grid that is asked for
  let triedAt = -Infinity;
  let failed = false;

  function show(grid) {
    if (grid !== wanted) [triedAt, failed] = [-Infinity, false];
    wanted = grid;
    if (!grid) return;
    draw();
    look();
  }

  /* A scene may stand for months, and the server may have been away when it came: what is old is asked for again. */
  function look() {
    const now = performance.now();
    const old = now - (kept.get(wanted)?.at ?? -Infinity) > FRESH_MS;
    if (wanted && old && waiting !== wanted && now - triedAt > RETRY_MS) ask(wanted);
  }

  async function ask(grid) {
    waiting = grid;
    triedAt = performance.now();
    let came = false;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await fetch(`/api/v1/grids/${encodeURIComponent(grid)}/people`, { signal });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      keep(grid, (await answer.json()).people);
      came = true;
    } catch {
      // Tried again by the next looks.
    }
    if (waiting === grid) waiting = null;
    if (grid !== wanted) return;
    failed = !came;
    draw();
  }

  function keep(grid, people) {
    kept.delete(grid);
    kept.set(grid, { at: performance.now(), people });
    if (kept.size > MOST) kept.delete(kept.keys().next().value);
  }

  /* Drawn with the frames, and when it has come. */
  function draw() {
    if (center.live.shown()) center.publish("frame", center.live.shown());
  }

  parts.people = function () {
    const { h, div, span, empty } = center.elements;
    const { t } = center.format;
    const known = kept.get(wanted);
    if (!known) return failed ? h("P", { className: "empty" }, t("people.failed")) : empty();
    return known.people.slice(0, ROWS).map((one) =>
      div("person", span("post", t(`desk_post.${one.post}`)),
        one.name ? span("who", one.name) : span("who vacant", t("people.vacant")),
        span("quiet", one.name && !one.on_duty ? t("people.off") : "")));
  };

  const start = () => setInterval(look, LOOK_MS);

  center.people = { start, show };
})();
