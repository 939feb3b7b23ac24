/* Questions to the API, and its errors as they are. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const PATIENCE_MS = 15000;

  class Refused extends Error {
    constructor(status, { code, message, values }) {
      super(message);
      Object.assign(this, { status, code, values: values || {} });
    }
  }

  async function ask(path, options = {}) {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), PATIENCE_MS);
    try {
      const response = await fetch(`/api/v1/${path}`, { ...options, signal: ending.signal });
      const body = response.status === 204 ? null : await response.json();
      if (response.ok) return body;
      throw new Refused(response.status, (body && body.error) || { code: "internal", message: "" });
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused(0, { code: "no_answer", message: String(error) }); // no network, or no answer in time
    } finally {
      clearTimeout(timer);
    }
  }

  const query = (values) =>
    new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "")).toString();

  const get = (path, values = {}) => {
    const asked = query(values);
    return ask(asked ? `${path}?${asked}` : path);
  };

  const post = (path, document) =>
    ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(document) });

  const remove = (path) => ask(path, { method: "DELETE" });

  desk.server = { get, post, remove };
})();
