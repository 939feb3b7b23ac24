/* The time machine: which moment the page shows. A picture of the past takes the way of the live one; the stream goes
   on meanwhile, and draws nothing. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const MINUTE_MS = 60e3;
  const HOUR_MS = 60 * MINUTE_MS;
  const TICK_MS = 100;

  let moment = null; // the one wished for; null is live
  let drawn = null; // the one on the page
  let drawnAs = null; // as known when
  let broken = false;
  let playing = false;
  let known = "now";
  let speed = 60;
  let spanH = 24;
  let tickedAt = 0;
  let slider = null;

  const element = (id) => document.getElementById(id);
  const isPast = () => moment !== null;
  const minuteNow = () => Math.floor(center.live.now() / MINUTE_MS) * MINUTE_MS;

  /* To a moment; what has not come yet is live. */
  function go(wanted) {
    if (!Number.isFinite(wanted) || !center.grids.ready()) return;
    if (wanted >= minuteNow()) {
      live();
      return;
    }
    if (!isPast()) center.live.hold();
    moment = wanted;
    center.momentField.forget();
    center.pastFrames.ask(moment, known);
    render();
  }

  function live() {
    center.momentField.forget();
    if (!isPast()) return render();
    center.pastFrames.forget();
    moment = drawn = drawnAs = null;
    playing = broken = false;
    render();
    center.live.release();
  }

  function draw(picture) {
    drawn = Date.parse(picture.frame.moment);
    drawnAs = picture.known;
    broken = false;
    center.live.draw.frame(picture.frame);
    center.live.draw.map(picture.map);
    render();
  }

  function failed() {
    broken = true;
    render();
  }

  /* Another place or another colouring: the same moment of it. */
  function viewChanged() {
    if (!isPast()) return;
    drawn = null;
    center.pastFrames.ask(moment, known);
    render();
  }

  function play() {
    playing = !playing;
    tickedAt = performance.now();
    if (playing && !isPast()) go(minuteNow() - spanH * HOUR_MS);
    playing = playing && isPast();
    render();
  }

  /* The last hours once more, so many times as fast; it ends in the present. */
  function replay(hours, times) {
    live();
    speed = times;
    go(minuteNow() - hours * HOUR_MS);
    playing = isPast();
    tickedAt = performance.now();
    render();
  }

  /* By the clock and not by the number of ticks: a tab in the background is given few of them. */
  function tick() {
    const now = performance.now();
    const passed = now - tickedAt;
    tickedAt = now;
    if (playing) go(moment + passed * speed);
  }

  const step = (by) => go(Math.round((moment ?? minuteNow()) / MINUTE_MS) * MINUTE_MS + by);

  /* What the controls and the band say. */
  function press(name, value) {
    document.querySelectorAll(`[data-time="${name}"]`).forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.value === String(value)));
    });
  }

  function bandText() {
    const { t } = center.format;
    const { written } = center.moment;
    if (broken) return t("time_machine.failed", { moment: written(moment) });
    if (drawn === null) return t("time_machine.reading", { moment: written(moment) });
    return t("time_machine.band", { moment: written(drawn, playing && speed < 60) });
  }

  function render() {
    const { t } = center.format;
    const root = document.documentElement;
    if (isPast()) root.dataset.past = drawn === null ? "waiting" : "shown";
    else delete root.dataset.past;
    element("past-moment").textContent = isPast() ? bandText() : "";
    element("past-known").textContent = drawnAs && !broken ? t(`time_machine.${drawnAs}`) : "";
    const word = t(playing ? "time_machine.pause" : "time_machine.play");
    const button = element("time-play");
    button.title = word;
    button.setAttribute("aria-label", word);
    button.classList.toggle("playing", playing);
    press("speed", speed);
    press("span", spanH);
    press("known", known);
    renderInputs();
  }

  function renderInputs() {
    const now = minuteNow();
    slider.min = -spanH * 60;
    slider.value = isPast() ? Math.round((moment - now) / MINUTE_MS) : 0;
    slider.setAttribute("aria-valuetext", center.moment.written(moment ?? now));
    center.momentField.show(moment ?? now);
  }

  const actions = {
    play,
    live,
    speed: (value) => (speed = Number(value)),
    span: (value) => (spanH = Number(value)),
    known(value) {
      known = value;
      if (isPast()) center.pastFrames.ask(moment, known);
    },
  };

  function pressed(event) {
    const button = event.target.closest("[data-time]");
    if (!button || !slider) return;
    actions[button.dataset.time](button.dataset.value);
    if (event.detail > 0) button.blur(); // pressed by hand: the keys below are meant for the page again
    render();
  }

  /* Keys */
  const typing = (target) => target.closest("input:not([type=range]), textarea, select, [contenteditable]") !== null;
  const pressable = (target) => target.closest("button, a, summary") !== null;
  const mapsOwn = (target) => !isPast() && target.closest(".map") !== null;

  const KEYS = {
    l: () => live(),
    Escape: () => center.momentField.undo() || (center.cases.isOpen() ? center.cases.close() : live()),
    " ": () => play(),
    ArrowLeft: (event) => step(event.shiftKey ? -HOUR_MS : -MINUTE_MS),
    ArrowRight: (event) => isPast() && step(event.shiftKey ? HOUR_MS : MINUTE_MS),
  };

  function keyed(event) {
    const { target } = event;
    if (!slider || event.defaultPrevented || event.isComposing || !(target instanceof Element)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!KEYS[key] || (typing(target) && key !== "Escape")) return;
    if ((key === " " && pressable(target)) || (key.startsWith("Arrow") && mapsOwn(target))) return;
    event.preventDefault();
    event.stopPropagation();
    KEYS[key](event);
  }

  function makeSlider(label) {
    slider = document.createElement("input");
    Object.assign(slider, { type: "range", title: label, max: 0, step: 1 });
    slider.setAttribute("aria-label", label);
    slider.addEventListener("input", () => go(minuteNow() + Number(slider.value) * MINUTE_MS));
    element("time-slider").replaceChildren(slider);
  }

  function start() {
    const { t } = center.format;
    makeSlider(t("time_machine.slider"));
    center.momentField.start(t("time_machine.field"), go);
    document.addEventListener("click", pressed);
    // Before the map's own keys, which would move it too.
    if (center.config.keys !== false) document.addEventListener("keydown", keyed, true);
    setInterval(tick, TICK_MS);
    setInterval(renderInputs, 1000);
    render();
  }

  /* Which past is on the page: `moment` null is live. */
  const state = () => ({ moment, drawn, known, playing, speed, requests: center.pastFrames.requests() });

  center.timeMachine = { start, go, live, replay, draw, failed, viewChanged, isPast, state, drawnAs: () => drawnAs };
})();
