/* The field of the time machine: the moment as the city writes it, whatever the browser's own language. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const EARLIEST_MS = Date.UTC(2000, 0, 1);

  let field = null;
  let said = null;
  let shown = null; // the moment on the page
  let edited = false; // what stands in the field is the viewer's, and not taken yet
  let goTo = null;

  const focused = () => document.activeElement === field;

  /* Told about every moment of the page; what is being written is left alone. */
  function show(moment) {
    shown = moment;
    if (!edited && !focused()) write();
  }

  function write() {
    edited = false;
    field.value = center.moment.written(shown);
    complain(null);
  }

  function complain(text) {
    field.setAttribute("aria-invalid", String(text !== null));
    said.textContent = text ?? "";
  }

  function take() {
    if (!edited) return;
    const now = center.live.now();
    const wanted = center.moment.understood(field.value, shown, now);
    if (wanted === null || wanted < EARLIEST_MS || wanted > now) {
      complain(center.format.t("time_machine.field_wrong", { moment: center.moment.written(now) }));
      return;
    }
    shown = wanted;
    write();
    goTo(wanted);
  }

  /* Back to the moment on the page, for who is writing; false where nothing was written. */
  function undo() {
    if (!edited || !focused()) return false;
    write();
    return true;
  }

  /* The page went elsewhere: what was written before, and left, no longer matters. */
  function forget() {
    if (!focused()) edited = false;
  }

  function start(label, go) {
    goTo = go;
    said = document.getElementById("time-said");
    field = document.createElement("input");
    Object.assign(field, { type: "text", title: label, autocomplete: "off", spellcheck: false });
    field.setAttribute("aria-label", label);
    field.setAttribute("aria-describedby", said.id);
    field.addEventListener("input", () => {
      edited = true;
      complain(null);
    });
    field.addEventListener("change", take);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) take();
    });
    document.getElementById("time-field").replaceChildren(field);
  }

  center.momentField = { start, show, undo, forget };
})();
