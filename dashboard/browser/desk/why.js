/* Why a key does nothing now. A key that is listed under ? acts, or says here what is in the way. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const SAID_MS = 10000;
  const t = (key, values) => center.format.t(key, values);
  let timer = 0;

  /* Beside the steps, where the eye is; it stays until the next key, or for a while. */
  function say(text) {
    clearTimeout(timer);
    desk.dom.byId("why").textContent = text;
    timer = setTimeout(clear, SAID_MS);
  }

  function clear() {
    clearTimeout(timer);
    desk.dom.byId("why").textContent = "";
  }

  const listed = (names) => names.join(center.config.language === "zh" ? "、" : ", ");
  const roleName = (role) => t(`desk_role.${role}`);

  /* The reason in words: what the incident is now, and when or for whom the step is possible. */
  function reason(kind, got) {
    const refusal = got.refusals.find((one) => one.kind === kind);
    const { row, incident } = got;
    const step = desk.words.step(kind);
    if (!refusal) return t("desk_why.unknown", { step });
    const hands = desk.words.unit(row.unit, row.handler) || desk.words.person(row.responsible);
    return t(`desk_why.${refusal.reason}`, {
      id: String(incident.id), step, stage: desk.words.stage(incident.stage), hands, role: roleName(got.role),
      stages: listed(refusal.stages.map(desk.words.stage)), roles: listed(refusal.roles.map(roleName)),
      resume: desk.actions.keys().resumed.toUpperCase(),
    });
  }

  const step = (kind, got) => say(got ? reason(kind, got) : t("desk_why.nothing_open"));

  desk.why = { say, clear, step, reason };
})();
