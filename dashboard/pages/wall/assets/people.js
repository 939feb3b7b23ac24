/* Who is responsible in a grid: one chief and five posts, and where one is vacant. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const parts = (center.parts = center.parts || {});
  const FRESH_MS = 60e3;
  const MOST = 64;
  const ROWS = 9;

  const kept = new Map(); // grid -> { at, people }
  let asked = null;
  let failed = false;

  async function show(grid) {
    asked = grid;
    failed = false;
    if (!grid) return;
    const known = kept.get(grid);
    draw();
    if (known && Date.now() - known.at < FRESH_MS) return;
    try {
      const answer = await fetch(`/api/v1/grids/${encodeURIComponent(grid)}/people`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      kept.delete(grid);
      kept.set(grid, { at: Date.now(), people: (await answer.json()).people });
      if (kept.size > MOST) kept.delete(kept.keys().next().value);
    } catch {
      failed = !known;
    }
    if (asked === grid) draw();
  }

  /* Drawn with the frames, and when it has come. */
  function draw() {
    if (center.live.shown()) center.publish("frame", center.live.shown());
  }

  parts.people = function () {
    const { h, div, span, empty } = center.elements;
    const { t } = center.format;
    const known = kept.get(asked);
    if (!known) return failed ? h("P", { className: "empty" }, t("people.failed")) : empty();
    return known.people.slice(0, ROWS).map((one) =>
      div("person", span("post", t(`desk_post.${one.post}`)),
        one.name ? span("who", one.name) : span("who light-yellow", center.elements.mark("yellow"), " ", t("people.vacant")),
        span("quiet", one.name && !one.on_duty ? t("people.off") : "")));
  };

  center.people = { show };
})();
