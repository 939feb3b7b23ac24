/* The keyboard. No key acts while something is being typed. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});

  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  const arrowsBelongTo = (target) => target.closest("#incident-body, #map-frame, [role=tablist], .work") !== null;
  const pressable = (target) => target.closest("button, a, summary") !== null;

  function escape(event) {
    if (desk.dialog.isOpen()) desk.dialog.close();
    else if (desk.form.kind() && event.target.id !== "search") desk.form.leave({ focus: true });
    else desk.dom.byId("queue").focus({ preventScroll: true });
    event.preventDefault();
  }

  function move(event) {
    const by = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
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

  function act(event) {
    if (move(event)) return true;
    if (event.key === "Enter") {
      if (pressable(event.target) || desk.queue.active() === null) return false;
      desk.incident.open(desk.queue.active(), { focus: true });
      return true;
    }
    const { queues } = center.config;
    const queue = queues[Number(event.key) - 1];
    if (queue) {
      desk.queue.choose(queue);
      desk.dom.byId("queue").focus({ preventScroll: true });
      return true;
    }
    if (SINGLE[event.key]) {
      SINGLE[event.key]();
      return true;
    }
    const kind = event.key.length === 1 && desk.actions.kindOf(event.key.toLowerCase());
    if (kind) desk.form.open(kind);
    return Boolean(kind);
  }

  function press(event) {
    if (event.isComposing || event.defaultPrevented || !(event.target instanceof Element)) return;
    if (event.key === "Escape") return escape(event);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && desk.form.kind()) {
      event.preventDefault();
      return desk.form.submit();
    }
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || desk.dialog.isOpen()) return undefined;
    if (act(event)) event.preventDefault();
    return undefined;
  }

  const start = () => document.addEventListener("keydown", press);

  desk.keys = { start };
})();
