/* The desk begins, follows the stream, and says what there is to say. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const clientside = (dash.gridDesk = dash.gridDesk || {});
  const EVERY_MS = 1000; // at most so often
  const SEARCH_EVERY_MS = 15000; // a search reads far more than a queue
  const AT_LEAST_MS = 20000; // lights turn by themselves
  const LOOK_MS = 250;
  const SAID_MS = 8000;
  const t = (key, values) => center.format.t(key, values);

  let skewMs = 0;
  let categories = [];
  let units = new Map();
  let saidTimer = 0;
  let begun = false;

  /* The server's time. */
  desk.now = () => Date.now() + skewMs;
  desk.clock = (moment) => (skewMs = new Date(moment).getTime() - Date.now());

  desk.units = { has: (code) => units.has(code), nameOf: (code) => units.get(code) || (center.grids.get(code.replace(/^grid:/, "")) || { name: code }).name };

  desk.categories = {
    all: () => categories,
    nameOf: (code) => (categories.find((one) => one.code === code) || { name: code }).name,
  };

  function say(text) {
    clearTimeout(saidTimer);
    desk.dom.byId("said").textContent = text;
    saidTimer = setTimeout(() => (desk.dom.byId("said").textContent = ""), SAID_MS);
  }

  /* An error in the words of the catalogue, with what the server says about the value. */
  function reason(error) {
    const { field, reason: why } = error.values || {};
    const told = error.code === "no_answer" ? t("desk.no_answer") : t(`error.${error.code}`);
    return field && why ? t("desk.refused", { told, field: t(`desk_said.${field}`), why }) : told;
  }

  desk.say = say;
  desk.reason = reason;
  desk.complain = (error) => {
    if (!error.code) throw error;
    say(reason(error));
  };

  /* Following: the stream tells by its sequence number that something changed; what changed is fetched. */
  let seen = null;
  let fetchedAt = 0;
  let timer = 0;
  let busy = false;
  let again = false;

  async function fetchAll() {
    if (busy) return void (again = true);
    busy = true;
    again = false;
    fetchedAt = Date.now();
    try {
      const got = await desk.queue.fetchNow();
      await refreshOpened(got);
    } catch (error) {
      desk.complain(error);
    } finally {
      busy = false;
      if (again) want();
    }
  }

  /* The opened incident is fetched anew where its row moved on, or is not in sight. */
  function refreshOpened() {
    if (desk.incident.id() === null) return undefined;
    if (!desk.incident.arrived()) return desk.incident.reload();
    const shown = desk.incident.shown();
    const row = desk.queue.rowOf(shown.incident.id);
    const same = row && row.n === shown.row.n && row.light === shown.row.light;
    return same ? undefined : desk.incident.reload();
  }

  function want() {
    clearTimeout(timer);
    timer = setTimeout(fetchAll, Math.max(0, fetchedAt + (desk.queue.seeking() ? SEARCH_EVERY_MS : EVERY_MS) - Date.now()));
  }

  const now = () => {
    clearTimeout(timer);
    return fetchAll();
  };

  function look() {
    const seq = center.live.seq();
    if (seq !== seen || Date.now() - fetchedAt > AT_LEAST_MS || desk.queue.lightsMoved()) {
      seen = seq;
      want();
    }
    desk.incident.tick();
  }

  desk.follow = { want, now };

  /* Queue and incident live in the address: a reload, a link, another window show the same. */
  desk.keepAddress = ({ step = false } = {}) => {
    const query = new URLSearchParams();
    if (desk.queue.chosen() !== "all") query.set("queue", desk.queue.chosen());
    if (desk.incident.id() !== null) query.set("id", String(desk.incident.id()));
    const text = query.toString();
    const address = text ? `?${text}` : location.pathname;
    if (step) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  };

  /* Back leads to the incident a link was followed from, not away from the desk. */
  function back() {
    const id = Number(new URLSearchParams(location.search).get("id"));
    if (id) desk.incident.open(id).catch(desk.complain);
  }

  async function loadWords() {
    try {
      const [got, known] = await Promise.all([desk.server.get("categories"), desk.server.get("units")]);
      units = new Map(known.units.map((unit) => [unit.code, unit.name]));
      categories = got.map((one) => ({ code: one.code, name: (center.config.language === "zh" ? one.name_zh : one.name_en) || one.code }));
    } catch (error) {
      desk.complain(error);
    }
  }

  function preferences() {
    document.querySelectorAll("[data-prefer]").forEach((link) => {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        const kept = new URLSearchParams(location.search).toString();
        location.assign(`/desk?${link.dataset.prefer}${kept ? `&${kept}` : ""}`);
      });
    });
  }

  async function begin() {
    const title = t("desk.title_of", { city: center.grids.city() });
    desk.dom.byId("city").textContent = title;
    document.title = title;
    desk.dom.byId("demo").textContent = center.grids.demo() ? t("page.demo") : "";
    center.live.connect(center.config.stream);
    desk.map.start();
    await Promise.all([loadWords(), desk.session.load().catch(desk.complain)]);
    await now();
    const wanted = Number(new URLSearchParams(location.search).get("id")) || (desk.queue.rows()[0] || {}).id;
    if (wanted) await desk.incident.open(wanted);
    else desk.incident.nothing();
    desk.form.restore();
    setInterval(look, LOOK_MS);
  }

  /* Words, grids, stream and paper are the overview's modules; of the stream's picture the desk needs the number alone. */
  clientside.start = async function (config) {
    if (begun) return window.dash_clientside.no_update;
    begun = true;
    const { start } = await import(config.shared);
    Object.assign(center, start(config), { config });
    desk.queue.start();
    desk.keys.start();
    preferences();
    window.addEventListener("popstate", back);
    desk.dom.byId("show-keys").addEventListener("click", desk.dialog.keys);
    center.grids.load().then(begin);
    return true;
  };

  /* For tests and for support: what this desk shows. */
  center.state = () => ({
    queue: desk.queue.chosen(), active: desk.queue.active(), opened: desk.incident.id(), form: desk.form.kind(),
    rows: desk.queue.rows().map((row) => row.id), seq: center.live.seq(), stale: center.live.isStale(), map: desk.map.ready(),
  });
})();
