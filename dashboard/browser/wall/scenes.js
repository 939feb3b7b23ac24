/* Which scene stands on the wall, for how long, and what may take its place. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const ADDRESS = new URLSearchParams(location.search); // before the view writes its own
  const TICK_MS = 500;
  const REPLAY = { hours: 24, times: 720 }; // a day in two minutes
  const PRESENT_MS = 5000; // between two replays of a night that is held
  const FORGET_MS = 3600e3; // the server tells an alert that comes back within half an hour under its old key
  const TOWNS = 1; // the level whose grids take turns

  let at = -1; // position in the timetable
  let shown = null; // what stands: { scene, within, kpi }
  let endsAt = 0;
  let held = false;
  let presentAt = null; // since when a night that is held shows the present
  let town = -1;
  let league = [];
  let known = null; // keys of the alerts that are no news, with when each was told last
  let alert = null; // the one that took the screen, with when it gives it back
  let changes = 0;
  let aheadMs = 0; // tests move the wall's clock on

  const now = () => Date.now() + aheadMs;
  const table = () => center.config.wall;
  const clock = () => center.format.time(new Date(center.live.now()), false);

  function isTime({ since, until }) {
    const time = clock();
    if (since === until) return true;
    return since < until ? since <= time && time < until : since <= time || time < until;
  }

  /* The next entry whose time it is; the first one where it is nobody's time. */
  function nextOf(from, step) {
    const { turns } = table();
    for (let i = 1; i <= turns.length; i += 1) {
      const found = (((from + step * i) % turns.length) + turns.length) % turns.length;
      if (isTime(turns[found])) return found;
    }
    return 0;
  }

  function placeOf(turn) {
    if (turn.scene !== "place") return null;
    if (turn.place === "worst") {
      const worst = [...league].sort((a, b) => b.red - a.red || b.yellow - a.yellow)[0];
      return worst ? worst.id : null;
    }
    if (turn.place !== "each") return turn.place;
    const towns = center.grids.ofLevel(TOWNS);
    town = (town + 1) % towns.length;
    return towns[town].id;
  }

  /* Puts a scene up. The panels are all there; style shows those of the scene. */
  function put({ scene, within, kpi, layers = [], level = 0 }) {
    const replays = scene === "night";
    shown = { scene, within, kpi, layers, level };
    changes += 1;
    document.documentElement.dataset.scene = scene;
    if (!replays) center.timeMachine.live();
    center.view.look({ within, level, kpi });
    center.layers.set(layers);
    center.view.publish(); // the legend of the layers, also where the view is the same
    if (replays) center.timeMachine.replay(REPLAY.hours, REPLAY.times);
    center.people.show(scene === "place" ? within : null);
    say();
  }

  function turnTo(position) {
    const turn = table().turns[position];
    at = position;
    endsAt = now() + 1000 * turn.for_s;
    put({ ...turn, within: placeOf(turn) });
  }

  const turnBy = (step) => {
    alert = null;
    turnTo(nextOf(at, step));
  };

  function say() {
    const { t } = center.format;
    document.getElementById("scene-name").textContent = t(`wall.${shown.scene}`);
    document.getElementById("scene-held").textContent = held ? t("wall.held") : "";
    document.documentElement.dataset.held = String(held);
    banner();
  }

  /* Alerts: what is red and new takes the screen for a while, at its place, and gives it back. */
  function watch(frame) {
    if (frame.within === null) league = frame.league;
    const rows = (frame.alerts || { rows: [] }).rows.filter((row) => row.key);
    const news = known && rows.find((row) => row.severity === "red" && !row.acknowledged && !known.has(row.key));
    known = known || new Map();
    rows.forEach((row) => known.set(row.key, now()));
    // An alert that was gone for a while is the same one; and a place's stream lists only its own.
    if (frame.within === null) known.forEach((told, key) => now() - told > FORGET_MS && known.delete(key));
    if (news && table().alert_for_s > 0) interrupt(news);
  }

  function interrupt(news) {
    const back = alert ? alert.back : { ...shown, left: Math.max(0, endsAt - now()) };
    alert = { text: news.text, until: now() + 1000 * table().alert_for_s, back };
    put({ scene: news.grid ? "place" : "overview", within: news.grid, kpi: shown.kpi });
  }

  function giveBack() {
    const { back } = alert;
    alert = null;
    if (back.scene === "night" && !held) return turnTo(at); // a replay is not taken up in its middle
    endsAt = now() + back.left;
    put(back);
  }

  function banner() {
    const { t, local } = center.format;
    const box = document.getElementById("banner");
    if (!alert) return box.replaceChildren();
    const [word, text] = [document.createElement("strong"), document.createElement("span")];
    word.textContent = t("wall.alert");
    text.textContent = local(alert.text);
    return box.replaceChildren(word, text);
  }

  /* A night that is held is played again and again. */
  function replayHeld() {
    if (!held || shown.scene !== "night" || center.timeMachine.isPast()) presentAt = null;
    else if (presentAt === null) presentAt = now();
    else if (now() - presentAt >= PRESENT_MS) center.timeMachine.replay(REPLAY.hours, REPLAY.times);
  }

  function tick() {
    replayHeld();
    if (alert) {
      if (now() >= alert.until) giveBack();
    } else if (!held && now() >= endsAt) {
      turnBy(1);
    }
  }

  function hold(wanted = !held) {
    held = wanted;
    if (!held) endsAt = Math.max(endsAt, now() + TICK_MS);
    say();
  }

  /* Who takes the wall into their hands: keys here, a phone elsewhere. */
  const commands = {
    next: () => turnBy(1),
    previous: () => turnBy(-1),
    hold: () => hold(true),
    release: () => hold(false),
    scene({ scene, place = null }) {
      const turn = table().turns.find((entry) => entry.scene === scene) || { scene, place: "each", kpi: center.config.map_kpi };
      alert = null;
      held = true;
      endsAt = now();
      put({ ...turn, within: scene === "place" && place ? place : placeOf(turn) });
    },
  };

  /* False where there is no such command or no such scene. */
  function command(said) {
    const scenes = ["overview", "supervision", "place", "night"];
    if (!shown || !(said.do in commands)) return false;
    if (said.do === "scene" && !scenes.includes(said.scene)) return false;
    commands[said.do](said);
    return true;
  }

  const KEYS = {
    ArrowRight: { do: "next" }, PageDown: { do: "next" }, ArrowLeft: { do: "previous" }, PageUp: { do: "previous" },
    1: { do: "scene", scene: "overview" }, 2: { do: "scene", scene: "supervision" },
    3: { do: "scene", scene: "place" }, 4: { do: "scene", scene: "night" },
  };

  function keyed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const said = event.key === " " ? { do: held ? "release" : "hold" } : KEYS[event.key];
    if (event.key === "Escape" && center.cases.isOpen()) center.cases.close();
    if (!said) return;
    event.preventDefault();
    event.stopPropagation();
    command(said);
  }

  /* The grid system is there. An address may ask for one scene, and then it stays. */
  function start() {
    const scene = ADDRESS.get("scene");
    // A page that loads itself anew shall show what it was asked for.
    history.replaceState(null, "", ADDRESS.size ? `?${ADDRESS}` : location.pathname);
    center.live.watch(watch);
    document.addEventListener("keydown", keyed, true);
    turnTo(nextOf(-1, 1));
    if (scene) command({ do: "scene", scene, place: ADDRESS.get("within") });
    setInterval(tick, TICK_MS);
    center.people.start();
    center.remote?.start();
  }

  const state = () => ({ ...shown, held, alert: alert && alert.text, changes, leftS: (endsAt - now()) / 1000 });

  const pass = (seconds) => (aheadMs += 1000 * seconds);

  center.scenes = { start, command, state, pass };
})();
