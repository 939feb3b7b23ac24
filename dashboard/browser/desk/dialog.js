/* Dialogs: who sits here, and the keys. One at a time; Esc leaves, focus goes back where it came from. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const t = (key, values) => center.format.t(key, values);
  let from = null;

  const veil = () => desk.dom.byId("dialog");
  const isOpen = () => !veil().hidden;

  function open(title, ...content) {
    const { el, div, fill } = desk.dom;
    from = isOpen() ? from : document.activeElement;
    const box = el("div", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-labelledby": "dialog-title" },
      div("dialog-head", el("h2", { id: "dialog-title" }, title), el("button", { type: "button", class: "cancel", on: { click: close } }, t("desk.leave"), el("kbd", {}, "Esc"))),
      content,
    );
    fill(veil(), box);
    veil().hidden = false;
    desk.dom.byId("page").inert = true;
    (box.querySelector("input") || box.querySelector("button")).focus();
  }

  function close() {
    veil().hidden = true;
    veil().replaceChildren();
    desk.dom.byId("page").inert = false;
    if (from && from.isConnected) from.focus();
  }

  function keys() {
    const { el, div, span } = desk.dom;
    const line = (letters, text, off = false) => div(`key-line${off ? " off" : ""}`, span("letters", letters.map((letter) => el("kbd", {}, letter))), span("", text));
    const general = [
      [["J", "↓"], "next"], [["K", "↑"], "previous"], [["Enter"], "open"], [["1", "…", "7"], "queues"], [["/"], "search"],
      [["Ctrl+Enter"], "send"], [["Esc"], "leave"], [["?"], "help"],
    ].map(([letters, key]) => line(letters, t(`desk_keys.${key}`)));
    const steps = Object.entries(desk.actions.keys()).map(([kind, letter]) => line([letter.toUpperCase()], desk.words.step(kind), !desk.actions.of(kind)));
    open(t("desk.keys"), div("key-columns", div("", el("h3", {}, t("desk_keys.title_move")), general), div("key-steps", el("h3", {}, t("desk_keys.title_steps")), div("key-grid", steps), el("p", { class: "quiet" }, t("desk_keys.off")))));
  }

  desk.dialog = { open, close, keys, isOpen };
})();
