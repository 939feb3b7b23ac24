/* The map as a file: its address is that of what is on the screen at the moment it is pressed. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});

  function address() {
    const { within, level, kpi } = center.view.current();
    const { language, theme } = center.config;
    const asked = new URLSearchParams({ level, kpi, language, theme });
    const { chosen } = center.layers.state();
    if (within) asked.set("within", within);
    if (chosen.length) asked.set("layers", chosen.join(","));
    const { drawn } = center.timeMachine.state();
    if (center.timeMachine.isPast() && drawn !== null) {
      asked.set("moment", new Date(drawn).toISOString());
      asked.set("known", center.timeMachine.drawnAs());
    }
    return `/api/v1/exports/map.html?${asked}`;
  }

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("#map-file");
      if (link) link.href = address();
    },
    true,
  );
})();
