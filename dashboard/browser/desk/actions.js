/* The steps that can be taken now, each with its letter. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  /* The path first, then what lies beside it; a step that is not named here is taken elsewhere (photos). */
  const KEYS = {
    verified: "v", filed: "f", dispatched: "d", claimed: "c", handled: "h", checked: "o", closed: "e",
    self_handled: "s", escalated: "u", returned: "b", reworked: "w", located: "l", extended: "t", urged: "r",
    suspended: "p", resumed: "g", reassigned: "i", categorised: "q", appealed: "a", appeal_decided: "y",
    noted: "n", merged: "m", voided: "x", reopened: "z", corrected: ".",
  };
  const PATH = ["verified", "filed", "dispatched", "claimed", "handled", "checked", "closed"];
  let allowed = [];

  function draw(got) {
    const { el, keep, byId } = desk.dom;
    const found = new Map((got ? got.actions : []).map((action) => [action.kind, action]));
    allowed = Object.keys(KEYS).filter((kind) => found.has(kind)).map((kind) => found.get(kind));
    const on = desk.form.kind();
    keep(byId("actions"), allowed.map(({ kind }) => ({ kind, on: kind === on })), (entry) => entry.kind, (node, { kind, on: pressed }) => {
      const had = node.contains(document.activeElement);
      const button = el(
        "button",
        {
          type: "button", class: `action ${PATH.includes(kind) ? "path" : ""}`, "data-kind": kind, "aria-pressed": String(pressed),
          "aria-keyshortcuts": KEYS[kind], on: { click: () => desk.form.open(kind) },
        },
        desk.words.step(kind),
        el("kbd", {}, KEYS[kind].toUpperCase()),
      );
      node.replaceChildren(button);
      if (had) button.focus();
    });
  }

  const again = () => draw(desk.incident.shown());
  const of = (kind) => allowed.find((action) => action.kind === kind) || null;

  /* The step a letter stands for. */
  const kindOf = (letter) => Object.keys(KEYS).find((kind) => KEYS[kind] === letter) || null;

  desk.actions = { draw, again, of, kindOf, keys: () => KEYS };
})();
