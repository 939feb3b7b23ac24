/* The map as a file: its address is that of what is on the screen at the moment it is pressed. */
import { config } from "../lib/config.js";
import { listen } from "../lib/lifetime.js";
import * as timeMachine from "../time/time_machine.js";
import * as view from "../view/view.js";
import * as layers from "./layers.js";

function address() {
  const { within, level, kpi } = view.current();
  const { language, theme } = config;
  const asked = new URLSearchParams({ level: String(level), kpi, language, theme });
  const { chosen } = layers.state();
  if (within) asked.set("within", within);
  if (chosen.length) asked.set("layers", chosen.join(","));
  const { drawn } = timeMachine.state();
  if (timeMachine.isPast() && drawn !== null) {
    asked.set("moment", new Date(drawn).toISOString());
    asked.set("known", timeMachine.drawnAs() ?? "now");
  }
  return `/api/v1/exports/map.html?${asked}`;
}

/** @returns {void} */
export function start() {
  listen(
    document,
    "click",
    (event) => {
      const link = event.target.closest("#map-file");
      if (link) link.href = address();
    },
    { capture: true },
  );
}
