/* Pictures of the past, asked for one at a time: while one is under way, only the newest wish waits. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const FRAME_MS = 500; // between two requests
  const RETRY_MS = 2000;
  const PATIENCE_MS = 30000;

  let wish = null;
  let underWay = false;
  let notBefore = 0;
  let timer = 0;
  let era = 0; // what was asked in an earlier one is no longer wanted
  let requests = 0;

  function ask(moment, known) {
    wish = { moment, known, view: center.view.query() };
    next();
  }

  function forget() {
    wish = null;
    era += 1;
    clearTimeout(timer);
  }

  function next() {
    if (underWay || wish === null) return;
    clearTimeout(timer);
    const wait = notBefore - Date.now();
    if (wait > 0) timer = setTimeout(next, wait);
    else send();
  }

  async function send() {
    const asked = wish;
    const begun = era;
    wish = null;
    underWay = true;
    requests += 1;
    notBefore = Date.now() + FRAME_MS;
    const wanted = () => begun === era && asked.view === center.view.query();
    try {
      const document = await fetched(asked);
      if (wanted()) center.timeMachine.draw(document);
    } catch {
      if (wanted()) retry(asked);
    } finally {
      underWay = false;
      next();
    }
  }

  async function fetched({ moment, known, view }) {
    const at = new Date(Math.floor(moment / 1000) * 1000).toISOString(); // moments are of whole seconds
    const address = `/api/v1/frame?${view}&moment=${encodeURIComponent(at)}&known=${known}`;
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return answer.json();
  }

  function retry(asked) {
    wish ??= asked;
    notBefore = Date.now() + RETRY_MS;
    center.timeMachine.failed();
  }

  center.pastFrames = { ask, forget, requests: () => requests };
})();
