/* What this screen looks at: which grid, at which level, coloured by what. It lives in the address. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  let view = { within: null, level: 0, kpi: null };
  let map = null; // class breaks of the newest map message, for the legend

  const current = () => view;

  /* A view that can be: a known grid, a level below it, a known KPI. */
  function sane({ within, level, kpi }) {
    const { grids, config } = center;
    const known = grids.get(within) ? within : null;
    const finest = grids.depth();
    const wanted = Number.isInteger(level) && level > 0 ? level : finest;
    const kpis = config.kpis.filter((entry) => entry.colours_map).map((entry) => entry.key);
    return {
      within: known,
      level: Math.min(finest, Math.max(wanted, grids.levelOf(known) + 1)),
      kpi: kpis.includes(kpi) ? kpi : config.map_kpi,
    };
  }

  function fromAddress() {
    const query = new URLSearchParams(location.search);
    return sane({ within: query.get("within"), level: Number(query.get("level")), kpi: query.get("kpi") });
  }

  function query() {
    const parts = [];
    if (view.within) parts.push(`within=${encodeURIComponent(view.within).replaceAll("%3A", ":")}`);
    parts.push(`level=${view.level}`, `kpi=${encodeURIComponent(view.kpi)}`);
    return parts.join("&");
  }

  function change(next, { push = true } = {}) {
    const before = view;
    view = sane({ ...view, ...next });
    const same = before.within === view.within && before.level === view.level && before.kpi === view.kpi;
    if (same && push) return;
    if (push) history.pushState(null, "", `?${query()}`);
    show();
  }

  function show() {
    map = null;
    publish();
    center.live.connect(query());
    center.timeMachine.viewChanged();
    center.map.show(view);
  }

  function publish() {
    const { grids } = center;
    if (!grids.ready()) return;
    const below = [];
    for (let level = grids.levelOf(view.within) + 1; level <= grids.depth(); level += 1) {
      below.push({ level, count: grids.inside(view.within, level).length });
    }
    center.publish("view", { ...view, depth: grids.depth(), path: grids.path(view.within), below, map });
  }

  /* The index is there: take the view from the address and begin. */
  function begin() {
    view = fromAddress();
    history.replaceState(null, "", `?${query()}`);
    const title = center.format.t("page.city", { city: center.grids.city() });
    document.getElementById("city").textContent = title;
    document.title = title;
    document.getElementById("demo").textContent = center.grids.demo() ? center.format.t("page.demo") : "";
    show();
  }

  function mapArrived(message) {
    map = { breaks: message.breaks, known: message.values.some((value) => value !== null) };
    publish();
  }

  const actions = {
    go: (id) => change({ within: id || null }),
    level: (level) => change({ level: Number(level) }),
    kpi: (kpi) => change({ kpi }),
    prefer: (preference) => location.assign(`/?${[preference, query(), center.layers.query()].filter(Boolean).join("&")}`),
  };

  /* One listener for everything that can be pressed: `data-go`, `data-level`, `data-kpi`, `data-prefer`. */
  function press(event) {
    const pressed = event.target.closest("[data-cases], [data-go], [data-level], [data-kpi], [data-prefer]");
    document.querySelectorAll(".menu details[open]").forEach((menu) => {
      if (pressed || !menu.contains(event.target)) menu.open = false;
    });
    if (!pressed || "cases" in pressed.dataset || !center.grids.ready()) return;
    const [name] = Object.keys(actions).filter((key) => key in pressed.dataset);
    event.preventDefault();
    actions[name](pressed.dataset[name]);
  }

  function start() {
    document.addEventListener("click", press);
    window.addEventListener("popstate", () => {
      if (center.grids.ready()) change(fromAddress(), { push: false });
    });
  }

  /* To another view without a trace in the address: a wall turns through thousands. */
  function look(next) {
    const wanted = sane({ ...view, ...next });
    if (["within", "level", "kpi"].some((name) => wanted[name] !== view[name])) change(wanted, { push: false });
  }

  center.view = { start, begin, current, query, mapArrived, publish, look, go: actions.go };
})();
