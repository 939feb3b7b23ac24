/* From a number to the incidents behind it: as many as the number says, at the moment the number is of. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const PAGE_ROWS = 500;

  let asked = null; // the question of the open drawer; null is closed
  let parts = []; // what else the number is made of
  let count = null;
  let listed = 0;
  let nextAfter = null;
  let opener = null;

  const element = (id) => document.getElementById(id);
  const isOpen = () => asked !== null;

  /* The number that was pressed says what it counts; the page says of which moment. */
  function open(button) {
    const { cases, within, unit, span, name, count: told, denominator, denominatorCount } = button.dataset;
    const frame = center.live.shown();
    opener = button;
    element("cases-name").textContent = name;
    const place = center.grids.path(within || null).at(-1).name;
    const moment = center.moment.written(frame.moment, true);
    const about = [place, span === "day" ? center.format.t("cases.day") : null, center.format.t("cases.at", { moment })];
    element("cases-where").textContent = about.filter(Boolean).join(" · ");
    const question = { within, unit, span: span || "month", moment: frame.moment, known: center.timeMachine.drawnAs() };
    parts = denominator
      ? [
          { of: cases, n: Number(told) },
          { of: denominator, n: Number(denominatorCount) },
        ]
      : [];
    element("cases").hidden = false;
    element("cases-close").focus({ preventScroll: true });
    choose({ ...question, of: cases });
  }

  function choose(question) {
    asked = question;
    count = null;
    listed = 0;
    nextAfter = null;
    element("cases-list").replaceChildren();
    element("cases-parts").replaceChildren(...parts.map(partButton));
    load();
  }

  function partButton({ of, n }) {
    const button = document.createElement("button");
    const measure = center.format.kpi(of).numerator || of;
    button.textContent = center.format.t("cases.part", { measure: center.format.t(`measure.${measure}`), n });
    button.setAttribute("aria-pressed", String(of === asked.of));
    button.addEventListener("click", () => choose({ ...asked, of }));
    return button;
  }

  function close() {
    if (!isOpen()) return;
    asked = null;
    element("cases").hidden = true;
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  }

  function address(question) {
    const query = new URLSearchParams({ of: question.of, moment: question.moment, span: question.span, limit: PAGE_ROWS });
    if (question.within) query.set("within", question.within);
    if (question.unit !== undefined) query.set("unit", question.unit);
    if (question.known) query.set("known", question.known);
    if (nextAfter !== null) query.set("after", nextAfter);
    return `/api/v1/frame/cases?${query}`;
  }

  async function load() {
    const question = asked;
    say("cases.reading", null);
    try {
      const answer = await fetch(address(question));
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const page = await answer.json();
      if (question === asked) show(page);
    } catch {
      if (question === asked) say("cases.failed", "cases.again");
    }
  }

  function show(page) {
    count = page.count;
    listed += page.rows.length;
    nextAfter = page.next_after;
    element("cases-list").append(...page.rows.map(center.caseLine));
    if (!count) say("cases.none", null);
    else say("cases.shown", nextAfter === null ? null : "cases.more");
  }

  function say(key, more) {
    const { t } = center.format;
    element("cases-count").textContent = count === null ? "\u00a0" : t("cases.count", { n: count });
    element("cases-said").textContent = t(key, { n: listed });
    const button = element("cases-more");
    button.hidden = more === null;
    button.textContent = more === null ? "" : t(more, { n: Math.min(PAGE_ROWS, count - listed) });
  }

  function pressed(event) {
    const button = event.target.closest("[data-cases]");
    if (button && center.live.shown()) open(button);
  }

  function start() {
    document.addEventListener("click", pressed);
    element("cases-close").addEventListener("click", close);
    element("cases-more").addEventListener("click", load);
  }

  const state = () => ({ of: asked && asked.of, moment: asked && asked.moment, count, listed });

  center.cases = { start, close, isOpen, state };
})();
