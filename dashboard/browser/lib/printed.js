/* A sheet of paper says when its data were read: `data-as-of` of what stands on the page, otherwise the moment of printing. */

/**
 * @param {{ timezone: string, demo: boolean }} page
 * @param {(key: string, values?: Record<string, string>) => string} t
 */
export function dateSheets({ timezone, demo }, t) {
  const line = /** @type {HTMLElement} */ (document.getElementById("printed"));

  function enter() {
    const said = document.querySelector("[data-as-of]")?.getAttribute("data-as-of");
    const moment = said ? new Date(Number(said)) : new Date();
    const written = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: timezone }).format(moment);
    line.textContent = [t("page.printed", { moment: written }), demo && t("page.demo")].filter(Boolean).join(" · ");
    line.hidden = false;
  }

  function leave() {
    line.hidden = true;
  }

  window.addEventListener("beforeprint", enter);
  window.addEventListener("afterprint", leave);
  // Some browsers, and what makes a file out of a page, tell it only so.
  window.matchMedia("print").addEventListener("change", ({ matches }) => (matches ? enter() : leave()));
}
