/* What needs attention, and acknowledging it. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const parts = (center.parts = center.parts || {});
  const ROWS = 2;

  const noted = new Map(); // by key: acknowledged on this page, until the stream says so itself
  const refused = new Map(); // by key: why it could not be noted

  /* What stands beside the alert, and what below it. */
  function state(alert) {
    const { span, h } = center.elements;
    const { t, when } = center.format;
    const by = alert.acknowledged || noted.get(alert.key);
    if (by) return [null, span("below", t("alerts.noted", { by: by.by, time: when(by.at, center.live.shown().moment) }))];
    if (!alert.key) return [null, null];
    const failed = refused.get(alert.key);
    const button = h("Button", { className: "switch", "data-acknowledge": alert.key }, t("alerts.acknowledge"));
    return [button, failed && span("below light-red", failed)];
  }

  function row(alert) {
    const { div, span, h } = center.elements;
    const text = center.format.local(alert.text);
    const told = alert.grid
      ? h("Button", { className: "text", title: text, "data-go": alert.grid }, text)
      : h("Div", { className: "text", title: text }, text);
    // No light: those are of incidents and their deadlines.
    const light = span(`severity ${alert.severity}`, center.format.t(`severity.${alert.severity}`));
    const [beside, below] = state(alert);
    return div("alert", told, div("side", light, beside), below);
  }

  /* What the stream says itself by now, or no longer lists, need not be remembered. */
  function forget(rows) {
    const open = new Set(rows.filter((alert) => !alert.acknowledged).map((alert) => alert.key));
    for (const kept of [noted, refused]) for (const key of kept.keys()) if (!open.has(key)) kept.delete(key);
  }

  parts.alerts = function (frame) {
    const { h } = center.elements;
    const { t } = center.format;
    const { total, rows } = frame.alerts || { total: 0, rows: [] };
    forget(rows);
    const rest = total - Math.min(total, ROWS);
    document.getElementById("alerts-total").textContent = rest ? t("alerts.more", { n: rest }) : "";
    if (!total) return h("P", { className: "empty" }, t("alerts.none"));
    return rows.slice(0, ROWS).map(row);
  };

  async function acknowledge(key) {
    refused.delete(key);
    try {
      const answer = await fetch(`/api/v1/alerts/${encodeURIComponent(key)}/acknowledge`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: "{}",
      });
      const told = await answer.json();
      if (answer.ok) noted.set(key, told.acknowledged);
      else refused.set(key, center.format.t(`error.${told.error.code}`));
    } catch {
      refused.set(key, center.format.t("alerts.not_reached"));
    }
    if (center.live.shown()) center.publish("frame", center.live.shown());
  }

  function start() {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-acknowledge]");
      if (button) acknowledge(button.dataset.acknowledge);
    });
  }

  center.alerts = { start };
})();
