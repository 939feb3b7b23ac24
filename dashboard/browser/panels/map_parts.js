/* Round the map: where we are, what can be chosen, what the colours mean. */
import * as grids from "../city/grids.js";
import { config } from "../lib/config.js";
import { div, h, mark, span } from "../lib/elements.js";
import { kpi, number, quantity, t } from "../lib/format.js";
import { colours, coloursFor } from "../lib/ramp.js";
import * as layers from "../map/layers.js";
import { full } from "../map/layers_drawn.js";
import * as timeMachine from "../time/time_machine.js";


/**
 * @param {import("../types").ViewDocument} view
 * @returns {import("../types").Children}
 */
export function breadcrumb(view) {
  const last = view.path.length - 1;
  const crumbs = view.path.flatMap((step, i) => {
    const here = i === last;
    const crumb = here
      ? h("Span", { className: "crumb", "aria-current": "page" }, step.name)
      : h("Button", { className: "crumb", "data-go": step.id || "" }, step.name);
    return i ? [span("step", t("page.path").trim()), crumb] : [crumb];
  });
  const below = view.below.map((entry) =>
    t("legend.counts", { n: number(entry.count), level: grids.levelName(entry.level) }),
  );
  return [...crumbs, span("counts", below.join(" · "))];
}

/**
 * @param {import("../types").ViewDocument} view
 * @returns {import("../types").Children}
 */
export function levelChooser(view) {
  const lowest = view.path.length;
  return Array.from({ length: view.depth }, (_, i) => i + 1).map((level) =>
    h(
      "Button",
      {
        "data-level": String(level),
        "aria-pressed": String(level === view.level),
        disabled: level < lowest && level !== view.level,
      },
      grids.levelName(level),
    ),
  );
}

/**
 * @param {import("../types").ViewDocument} view
 * @returns {import("../types").Children}
 */
export function kpiChooser(view) {
  const choices = config.kpis
    .filter((entry) => entry.colours_map)
    .map((entry) => h("Button", { "data-kpi": entry.key, "aria-pressed": String(entry.key === view.kpi) }, entry.name));
  const chosen = h("Summary", { title: t("legend.kpi") }, kpi(view.kpi).name);
  return h("Details", {}, chosen, div("menu-list", choices));
}

/** @typedef {ReturnType<typeof layers.told>[number]} Told what the legend says of a layer */

/** @param {import("../types").ViewDocument & { map: object }} view */
function classes(view) {
  const { name, unit, judges } = kpi(view.kpi);
  if (!view.map.known) return span("", t("page.no_data"));
  const { breaks } = view.map;
  const steps = coloursFor(view.kpi, Math.max(1, breaks.length - 1)).map((colour, i) =>
    h("Div", { className: "class" }, span("", quantity(breaks[i], unit)), h("I", { style: { background: colour } })),
  );
  const end = h("Div", { className: "class end" }, span("", quantity(breaks[breaks.length - 1], unit)));
  const direction = t(`legend.${config.theme === "light" ? "dark" : "bright"}_${judges ? "bad" : "many"}`);
  const title = span("unit", name, ["ratio", "hours"].includes(unit) && [" ", t(`unit.${unit}`)], span("direction", direction));
  return [title, ...steps, end];
}

/**
 * What a layer says in place of the KPI's classes: in the colours the map has, from the same document.
 * @param {Told} told
 */
function groundClasses({ key, paint, document, failed }) {
  const layer = t(`layers.${key}`);
  if (!document) return [span("", t(failed ? "layers.failed" : "layers.loading", { layer }))];
  const title = span("unit", t(`layers.unit_${key}`, { days: document.days }));
  /** @type {{ breaks: number[] }} */
  const { breaks } = document;
  if (!breaks.length) return [title, span("", t("page.no_data"))];
  /** @type {(text: string, background: string, kind: string) => import("../types").Doc} */
  const block = (text, background, kind) =>
    h("Div", { className: `class ${kind}` }, span("", text), h("I", { style: { background } }));
  if (paint === "heat") {
    const ramp = `linear-gradient(to right, ${config.palette.ramp.join(", ")})`;
    return [title, block("0", ramp, "wide"), h("Div", { className: "class end" }, span("", `≥ ${number(full(breaks))}`))];
  }
  const classColours = colours(Math.max(1, breaks.length - 1));
  const steps = classColours.map((colour, i) => block(number(breaks[i]), colour, ""));
  return [title, ...steps, h("Div", { className: "class end" }, span("", number(breaks[breaks.length - 1])))];
}

/**
 * Of tracks: how far back they go; or that those of this moment are kept no more.
 * @param {any} document
 */
function reach({ moment, minutes, kept_days: days }) {
  if (!minutes) return "";
  const gone = Date.now() - new Date(moment).getTime() > 86400e3 * days;
  return ` · ${gone ? t("layers.kept", { days }) : t("layers.minutes", { minutes })}`;
}

/**
 * What lies over the ground: how many, and of when where that is not the moment of the page.
 * @param {Told} told
 */
function overMark({ key, ofMoment, document, failed }) {
  const layer = t(`layers.${key}`);
  if (!document) return span("", t(failed ? "layers.failed" : "layers.loading", { layer }));
  const count = number((document.outlines ?? document.marks ?? document.tracks).length);
  const today = !ofMoment && timeMachine.isPast() ? ` · ${t("layers.today")}` : "";
  return span("", mark(key), `${layer} ${count}${today}${reach(document)}`);
}

/**
 * @param {import("../types").ViewDocument} view
 * @returns {import("../types").Children}
 */
export function legend(view) {
  const on = layers.told();
  const ground = on.find(({ place }) => place === "ground");
  const marks = on.filter(({ place }) => place === "over").map(overMark);
  marks.push(...["yellow", "red"].map((kind) => span("", mark(kind), t(`legend.${kind}`))));
  marks.push(span("", mark("new"), t("legend.new")));
  const { map } = view;
  const own = () => (map ? classes({ ...view, map }) : span("", t("page.loading")));
  return [div("classes", ground ? groundClasses(ground) : own()), div("marks", marks)];
}
