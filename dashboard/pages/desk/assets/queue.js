/* The queue: tabs with counts, the list sorted by what burns, and where the eye stands in it. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const desk = (center.desk = center.desk || {});
  const PAGE = 150;
  const MOST = 500; // the API gives no more at once
  const SEARCH_MS = 300;
  const t = (key, values) => center.format.t(key, values);

  let chosen = "all";
  let sought = "";
  let limit = PAGE;
  let answer = null;
  let active = null; // id of the row the keys stand on
  let asked = 0; // a slower, older answer must not replace a newer one
  let searchTimer = 0;

  const rows = () => (answer ? answer.rows : []);
  const rowOf = (id) => rows().find((row) => row.id === id) || null;
  const list = () => desk.dom.byId("queue");
  const nodeOf = (id) => list().querySelector(`[data-key="${id}"]`);

  async function fetchNow() {
    const ticket = (asked += 1);
    const got = await desk.server.get("desk/queue", { queue: chosen, q: sought, limit });
    if (ticket === asked) show(got);
    return got;
  }

  function show(got) {
    answer = got;
    desk.clock(got.now);
    if (active === null || (!rowOf(active) && active !== desk.incident.id())) active = rows().length ? rows()[0].id : null;
    drawTabs();
    drawList();
  }

  /* Tabs */
  function drawTabs() {
    const { el, span, keep, byId } = desk.dom;
    const counts = answer ? answer.counts : {};
    const entries = center.config.queues.map((key, i) => ({ key, n: i + 1, count: counts[key] ?? null, on: key === chosen }));
    keep(byId("queues"), entries, (entry) => entry.key, (node, entry) => {
      Object.entries({
        role: "tab", id: `tab-${entry.key}`, "data-queue": entry.key, "aria-controls": "queue-panel",
        "aria-selected": String(entry.on), tabindex: entry.on ? "0" : "-1", "aria-keyshortcuts": String(entry.n),
      }).forEach(([name, value]) => node.setAttribute(name, value));
      const lit = entry.count > 0 && (entry.key === "yellow" || entry.key === "red") ? entry.key : null;
      node.replaceChildren(
        span("count number", lit && desk.dom.mark(lit), center.format.number(entry.count)),
        span("label", t(`desk_queue.${entry.key}`), el("kbd", {}, entry.n)),
      );
    });
    byId("queue-panel").setAttribute("aria-labelledby", `tab-${chosen}`);
  }

  /* Rows */
  const light = (row) => (row.light === "red" || row.light === "yellow" ? row.light : "none");

  function flags(row) {
    const told = [];
    if (row.urges) told.push(t("desk_flag.urged", { n: row.urges }));
    if (row.returns) told.push(t("desk_flag.returned", { n: row.returns }));
    if (row.reworks) told.push(t("desk_flag.reworked", { n: row.reworks }));
    if (row.appealed) told.push(t("desk_flag.appealed"));
    if (row.photos) told.push(t("desk_flag.photos", { n: row.photos }));
    return told;
  }

  function drawRow(node, row) {
    const { el, div, span, mark, name } = desk.dom;
    const { words } = desk;
    const lit = light(row);
    node.className = `row light-edge-${row.suspended ? "none" : lit}`;
    node.setAttribute("role", "option");
    node.id = `row-${row.id}`;
    const what = words.what(row.category, row.title);
    const share = row.clock && row.clock.share_left !== null ? Math.max(0, Math.min(1, row.clock.share_left)) : 0;
    const handler = words.unit(row.unit, row.handler) || t("desk.no_handler");
    const people = [handler, words.person({ ...row.responsible, at: null })].join(" · ");
    node.replaceChildren(
      el("i", { class: "burn", "aria-hidden": "true" }, el("i", { style: { height: `${Math.round(100 * (lit === "red" ? 1 : share))}%` } })),
      div("row-line", name("what", what), span(`time-left ${lit !== "none" ? `light-${lit}` : ""}`, lit !== "none" && mark(lit), span("left-words", words.left(row)))),
      div("row-line quiet", name("where", words.place(row)), span("stage", words.stage(row.stage))),
      div("row-line quiet", name("who", people), span("flags", flags(row).join(" · "))),
    );
  }

  function drawList() {
    const panel = list();
    const anchor = anchorOf(panel);
    const before = anchor ? anchor.node.offsetTop - panel.scrollTop : 0;
    desk.dom.keep(panel, rows(), (row) => row.id, drawRow);
    if (anchor && panel.contains(anchor.node) && panel.scrollTop > 0) panel.scrollTop = anchor.node.offsetTop - before;
    showActive();
    tick();
    const { byId } = desk.dom;
    byId("queue-empty").textContent = rows().length || !answer ? "" : t(sought ? "desk.nothing_found" : `desk_empty.${chosen}`);
    byId("queue-total").textContent = answer ? t("desk.total", { n: answer.total }) : "";
  }

  /* What stands still while the list changes: the row in hand where it is in sight, else the first in sight. */
  function anchorOf(panel) {
    const seen = (node) => node && node.offsetTop + node.offsetHeight > panel.scrollTop && node.offsetTop < panel.scrollTop + panel.clientHeight;
    const hand = active === null ? null : nodeOf(active);
    if (seen(hand)) return { node: hand };
    const first = [...panel.children].find(seen);
    return first ? { node: first } : null;
  }

  function showActive() {
    const panel = list();
    [...panel.children].forEach((node) => {
      node.classList.toggle("active", node.dataset.key === String(active));
      node.setAttribute("aria-selected", String(node.dataset.key === String(desk.incident.id())));
    });
    if (active !== null && nodeOf(active)) panel.setAttribute("aria-activedescendant", `row-${active}`);
    else panel.removeAttribute("aria-activedescendant");
  }

  /* Time goes on between answers. */
  function tick() {
    [...list().children].forEach((node) => {
      const row = rowOf(Number(node.dataset.key));
      const words = node.querySelector(".left-words");
      if (!row || !words) return;
      const told = desk.words.left(row);
      if (words.textContent !== told) words.textContent = told;
    });
  }

  function move(by) {
    if (!rows().length) return;
    const here = rows().findIndex((row) => row.id === active);
    const next = Math.max(0, Math.min(rows().length - 1, here < 0 ? 0 : here + by));
    active = rows()[next].id;
    showActive();
    list().focus({ preventScroll: true });
    nodeOf(active).scrollIntoView({ block: "nearest" });
    if (next > rows().length - 10) more();
  }

  function more() {
    if (!answer || answer.total <= rows().length || limit >= MOST) return;
    limit = Math.min(MOST, limit + PAGE);
    desk.follow.want();
  }

  function choose(key) {
    if (!center.config.queues.includes(key)) return;
    chosen = key;
    limit = PAGE;
    active = null;
    list().scrollTop = 0;
    drawTabs();
    desk.keepAddress();
    desk.follow.now();
    if (key === "mine" && !desk.session.person()) desk.say(t("desk.mine_needs_person"));
  }

  function stand(id) {
    active = id;
    showActive();
  }

  /* Made here: Dash's own input brings a look of its own. */
  function searchBox() {
    const words = t("desk.search");
    return desk.dom.el("input", { id: "search", type: "search", class: "input", autocomplete: "off", placeholder: words, "aria-label": words, maxlength: 200 });
  }

  function start() {
    desk.dom.fill("search-place", searchBox());
    const query = new URLSearchParams(location.search);
    if (center.config.queues.includes(query.get("queue"))) chosen = query.get("queue");
    drawTabs();
    list().addEventListener("click", (event) => {
      const node = event.target.closest("[data-key]");
      if (node) desk.incident.open(Number(node.dataset.key));
    });
    list().addEventListener("scroll", () => {
      if (list().scrollTop + list().clientHeight > list().scrollHeight - 400) more();
    }, { passive: true });
    desk.dom.byId("queues").addEventListener("click", (event) => {
      const tab = event.target.closest("[data-queue]");
      if (tab) choose(tab.dataset.queue);
    });
    desk.dom.byId("queues").addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const { queues } = center.config;
      choose(queues[(queues.indexOf(chosen) + by + queues.length) % queues.length]);
      desk.dom.byId(`tab-${chosen}`).focus();
      event.preventDefault();
    });
    desk.dom.byId("search").addEventListener("input", (event) => {
      clearTimeout(searchTimer);
      searchTimer = setTimeout(() => {
        sought = event.target.value.trim();
        limit = PAGE;
        active = null;
        list().scrollTop = 0;
        desk.follow.now();
      }, SEARCH_MS);
    });
    setInterval(tick, 10000);
  }

  desk.queue = { start, fetchNow, move, choose, stand, rowOf, active: () => active, chosen: () => chosen, rows, show: showActive };
})();
