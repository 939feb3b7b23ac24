/* A sheet of paper says when its data were read. */

/**
 * Call `enter` before the page is printed, and `leave` after.
 * @param {() => void} enter
 * @param {() => void} leave
 * @param {(target: EventTarget, type: string, handler: (event: any) => void) => void} [listen] how the page listens
 * @returns {void}
 */
export function onPaper(enter, leave, listen = (target, type, handler) => target.addEventListener(type, handler)) {
  listen(window, "beforeprint", enter);
  listen(window, "afterprint", leave);
  // Some browsers, and what makes a file out of a page, tell it only so.
  listen(window.matchMedia("print"), "change", ({ matches }) => (matches ? enter() : leave()));
}

/**
 * @param {string} printed the sentence with the moment of the data
 * @param {string | null | undefined | false} demo that they are invented, where they are
 * @returns {void}
 */
export function sayPrinted(printed, demo) {
  const line = document.getElementById("printed");
  if (!line) return;
  line.textContent = [printed, demo].filter(Boolean).join(" · ");
  line.hidden = false;
}

/** @returns {void} */
export function unsayPrinted() {
  const line = document.getElementById("printed");
  if (line) line.hidden = true;
}

/**
 * For pages without the stream: `data-as-of` of what stands on the page, otherwise the moment of printing.
 * @param {{ timezone: string, demo: boolean }} page
 * @param {(key: string, values?: Record<string, string>) => string} t
 * @returns {void}
 */
export function dateSheets({ timezone, demo }, t) {
  function enter() {
    const said = document.querySelector("[data-as-of]")?.getAttribute("data-as-of");
    const moment = said ? new Date(Number(said)) : new Date();
    const written = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: timezone }).format(moment);
    sayPrinted(t("page.printed", { moment: written }), demo && t("page.demo"));
  }

  onPaper(enter, unsayPrinted);
}
