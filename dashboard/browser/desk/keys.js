/* The keyboard. No key acts while something is being typed. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});

  /* A radio button takes arrows and the space bar, no letters. */
  const typing = (target) => target.closest("input:not([type=radio]), textarea, select, [contenteditable]") !== null;
  const arrowsBelongTo = (target) => target.closest("#incident-body, #map-frame, [role=tablist], .work") !== null;
  const pressable = (target) => target.closest("button, a, summary") !== null;

  /* Capitals, full-width letters and the signs of a Chinese keyboard mean the key they stand on. */
  const SIGNS = { "、": "/", "。": "." };
  function keyOf(event) {
    if (event.key.length !== 1) return event.key;
    const plain = event.key.normalize("NFKC").toLowerCase();
    return SIGNS[plain] || plain;
  }

  function escape(event) {
    desk.why.clear();
    if (desk.dialog.isOpen()) desk.dialog.close();
    else if (desk.form.busy() && event.target.id !== "search") desk.form.leave({ focus: true });
    else desk.dom.byId("queue").focus({ preventScroll: true });
    event.preventDefault();
  }

  function move(event) {
    const by = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[keyOf(event)];
    if (!by || (event.key.length > 1 && arrowsBelongTo(event.target))) return false;
    desk.queue.move(by);
    return true;
  }

  const SINGLE = {
    "/": () => {
      desk.dom.byId("search").focus();
      desk.dom.byId("search").select();
    },
    "?": () => desk.dialog.keys(),
  };

  /* Enter reads the framed incident; where none is framed, it opens the first of the list. */
  function enter(event) {
    if (pressable(event.target)) return false;
    const first = desk.queue.rows()[0];
    const id = desk.queue.active() ?? (first ? first.id : null);
    if (id === null) desk.why.say(desk.dom.byId("queue-empty").textContent);
    else desk.incident.open(id, { focus: true });
    return true;
  }

  function act(event) {
    if (move(event)) return true;
    const key = keyOf(event);
    if (key === "Enter") return enter(event);
    const { queues } = center.config;
    const queue = queues[Number(key) - 1];
    if (queue) {
      desk.queue.choose(queue);
      desk.dom.byId("queue").focus({ preventScroll: true });
      return true;
    }
    if (SINGLE[key]) {
      SINGLE[key]();
      return true;
    }
    const kind = key.length === 1 && desk.actions.kindOf(key);
    if (kind) desk.form.open(kind);
    return Boolean(kind);
  }

  function press(event) {
    if (event.isComposing || event.defaultPrevented || !(event.target instanceof Element)) return;
    if (event.key === "Escape") return escape(event);
    if (desk.dialog.isOpen()) return undefined;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return desk.form.submit();
    }
    if (event.target.id === "search" && ["Enter", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      return desk.queue.enter().catch(desk.complain);
    }
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return undefined;
    if (act(event)) event.preventDefault();
    return undefined;
  }

  const start = () => document.addEventListener("keydown", press);

  desk.keys = { start };
})();
