/* Moments in the city's time: as its clocks write them, and back. */
(function () {
  "use strict";
  const center = (window.gridCenter = window.gridCenter || {});
  const formats = {};

  /* "2026-11-21 03:14", or with its seconds. */
  function written(moment, seconds = false) {
    // The Swedish way of writing is the one of ISO 8601.
    const style = { dateStyle: "short", timeStyle: seconds ? "medium" : "short", timeZone: center.config.timezone };
    formats[seconds] ??= new Intl.DateTimeFormat("sv-SE", style);
    return formats[seconds].format(new Date(moment));
  }

  /* What a field for date and time holds. */
  const field = (moment) => written(moment).replace(" ", "T");

  /* The moment at which the city's clocks show this. A time they show twice is the first or the second of the two; one
     they leave out is the one an hour beside it. */
  function read(text) {
    const wanted = Date.parse(`${text}Z`);
    let moment = wanted;
    for (let round = 0; round < 2; round += 1) moment += wanted - Date.parse(`${field(moment)}Z`);
    return moment;
  }

  center.moment = { written, field, read };
})();
