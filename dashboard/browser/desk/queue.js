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
  let place = 0; // where in the list the opened incident stands, or stood before it left
  let arriving = false; // a queue was chosen and its rows are on their way
  let asked = 0; // a slower, older answer must not replace a newer one
  let searchTimer = 0;

  const rows = () => (answer ? answer.rows : []);
  const rowOf = (id) => rows().find((row) => row.id === id) || null;
  const byId = (id) => desk.dom.byId(id);
  const list = () => byId("queue");
  const nodeOf = (id) => list().querySelector(`[data-key="${id}"]`);
  /* The framed row is the opened incident, so that no key can act on another one; null while it is not in this list. */
  const active = () => (rowOf(desk.incident.id()) ? desk.incident.id() : null);

  async function fetchNow() {
    const ticket = (asked += 1);
    const got = await desk.server.get("desk/queue", { queue: chosen, q: sought, limit });
    if (ticket === asked) show(got);
    return got;
  }

  function show(got) {
    answer = got;
    desk.clock(got.now);
    const at = rows().findIndex((row) => row.id === desk.incident.id());
    if (at >= 0) place = at;
    drawTabs();
    drawList();
    if (arriving && at < 0 && rows().length && !desk.form.busy()) desk.incident.open(rows()[0].id);
    arriving = false;
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
        span("count number", lit && desk.dom.mark(lit), center.format.number(entry.count), el("kbd", {}, entry.n)),
        span("label", t(`desk_queue.${entry.key}`)),
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
    if (row.reopens) told.push(t("desk_flag.reopened", { n: row.reopens }));
    if (row.corrections) told.push(t("desk_flag.corrected", { n: row.corrections }));
    if (row.appealed) told.push(t("desk_flag.appealed"));
    if (row.photos) told.push(t("desk_flag.photos", { n: row.photos }));
    return told;
  }

  const ended = (row) => row.stage === "closed" || row.stage === "voided";
  /* What has ended has no time left; when it was reported tells it from others. */
  const leftOf = (row) => (ended(row) ? desk.words.when(row.reported_at) : desk.words.left(row));

  function drawRow(node, row) {
    const { el, div, span, mark, name } = desk.dom;
    const { words } = desk;
    const lit = light(row);
    node.className = `row light-edge-${row.suspended ? "none" : lit}${ended(row) ? " ended" : ""}`;
    node.setAttribute("role", "option");
    node.id = `row-${row.id}`;
    const what = words.what(row.category, row.title);
    const share = row.clock && row.clock.share_left !== null ? Math.max(0, Math.min(1, row.clock.share_left)) : 0;
    const handler = words.unit(row.unit, row.handler) || t("desk.no_handler");
    const people = [`#${row.id}`, handler, words.person({ ...row.responsible, at: null })].join(" · ");
    node.replaceChildren(
      el("i", { class: "burn", "aria-hidden": "true" }, el("i", { style: { height: `${Math.round(100 * (lit === "red" ? 1 : share))}%` } })),
      div("row-line", name("what", what), span(`time-left ${lit !== "none" ? `light-${lit}` : ""}`, lit !== "none" && mark(lit), span("left-words", leftOf(row)))),
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
    drawTotals();
  }

  /* How many there are, and what this list leaves out. */
  function drawTotals() {
    const { fill, el } = desk.dom;
    const number = center.format.number;
    byId("queue-empty").textContent = rows().length || !answer ? "" : t(sought ? "desk.nothing_found" : `desk_empty.${chosen}`);
    byId("queue-total").textContent = answer ? t("desk.total", { n: number(answer.total) }) : "";
    if (!answer) return;
    const notes = [];
    if (answer.elsewhere) {
      const told = t("desk.elsewhere", { n: number(answer.elsewhere), queue: t(`desk_queue.${chosen}`) });
      notes.push(el("button", { type: "button", class: "switch", on: { click: () => choose("all") } }, told, el("kbd", {}, "1")));
    }
    if (sought && chosen === "all" && answer.ended) notes.push(el("span", {}, t("desk.found_ended", { n: number(answer.ended) })));
    if (sought && answer.ended_since) notes.push(el("span", {}, t("desk.found_since", { at: desk.words.when(answer.ended_since) })));
    if (answer.total > rows().length && limit >= MOST) notes.push(el("span", {}, t("desk.list_cut", { n: number(rows().length) })));
    fill("queue-notes", notes);
  }

  /* What stands still while the list changes: the row in hand where it is in sight, else the first in sight. */
  function anchorOf(panel) {
    const seen = (node) => node && node.offsetTop + node.offsetHeight > panel.scrollTop && node.offsetTop < panel.scrollTop + panel.clientHeight;
    const hand = active() === null ? null : nodeOf(active());
    if (seen(hand)) return { node: hand };
    const first = [...panel.children].find(seen);
    return first ? { node: first } : null;
  }

  function showActive() {
    const panel = list();
    [...panel.children].forEach((node) => {
      const framed = node.dataset.key === String(active());
      node.classList.toggle("active", framed);
      node.setAttribute("aria-selected", String(framed));
    });
    if (active() !== null && nodeOf(active())) panel.setAttribute("aria-activedescendant", `row-${active()}`);
    else panel.removeAttribute("aria-activedescendant");
  }

  /* Whether a light has changed since the answer: then counts and order have changed as well, and it is time to ask again.
     Once for each change: the last word is the server's. */
  const turned = new Set();
  function lightsMoved() {
    const moved = rows().filter((row) => desk.words.light(row, desk.now()) !== light(row)).map((row) => `${row.id} ${row.n} ${light(row)}`);
    const fresh = moved.filter((key) => !turned.has(key));
    if (turned.size > 1000) turned.clear();
    fresh.forEach((key) => turned.add(key));
    return fresh.length > 0;
  }

  /* Time goes on between answers. */
  function tick() {
    [...list().children].forEach((node) => {
      const row = rowOf(Number(node.dataset.key));
      const words = node.querySelector(".left-words");
      if (!row || !words) return;
      const told = leftOf(row);
      if (words.textContent !== told) words.textContent = told;
    });
  }

  /* To the next row or the one before; from an incident that has left the list, to what took its place. */
  function move(by) {
    list().focus({ preventScroll: true });
    if (!rows().length) return desk.why.say(byId("queue-empty").textContent);
    const here = rows().findIndex((row) => row.id === desk.incident.id());
    const next = here >= 0 ? here + by : Math.min(place, rows().length) + (by > 0 ? 0 : -1);
    const row = rows()[here < 0 ? Math.max(0, Math.min(rows().length - 1, next)) : next];
    if (!row) return desk.why.say(t(by > 0 ? "desk_why.last" : "desk_why.first"));
    desk.incident.open(row.id, { settle: true });
    if (active() !== null) nodeOf(active()).scrollIntoView({ block: "nearest" });
    if (next > rows().length - 10) more();
    return undefined;
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
    place = 0;
    arriving = true;
    list().scrollTop = 0;
    drawTabs();
    desk.keepAddress();
    desk.follow.now();
    if (key === "mine" && !desk.session.person()) desk.session.needed();
  }

  function seek(text) {
    clearTimeout(searchTimer);
    if (text === sought) return;
    sought = text;
    limit = PAGE;
    place = 0;
    list().scrollTop = 0;
  }

  /* Enter in the search box: the first that is found. */
  async function enter() {
    seek(byId("search").value.trim());
    await fetchNow();
    list().focus({ preventScroll: true });
    if (rows().length) await desk.incident.open(rows()[0].id);
    else desk.why.say(byId("queue-empty").textContent);
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
        seek(event.target.value.trim());
        desk.follow.now();
      }, SEARCH_MS);
    });
    setInterval(tick, 10000);
  }

  desk.queue = { start, fetchNow, move, choose, enter, rowOf, active, chosen: () => chosen, seeking: () => sought !== "", rows, lightsMoved, show: showActive };
})();
