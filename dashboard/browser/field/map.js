/* A light map: borders as vectors, no tiles. Tap sets a point; two fingers, the buttons or the wheel zoom; drag moves. */

import { el, svg } from "../lib/dom.js";
import { button } from "./dom.js";
import { t } from "./words.js";

/** @import { Area, Point, Shape } from "./types" */
/** @typedef {{ x: number, y: number, width: number, height: number }} View in metres; y grows to the south */
/** @typedef {{ x: number, y: number, from: [number, number] }} Finger in pixels: where it is, where it came down */
/** @typedef {{ clientX: number, clientY: number }} Pixel */

const METRES_PER_DEGREE = 111_320;
const MARGIN = 0.06;
const CLOSEST_M = 60;
const TAP_PX = 8;
const LABEL_PX = 12;

export class GridMap {
  /**
   * @param {Area} area with at least one shape
   * @param {((lon: number, lat: number) => void) | null} ontap where the map is for choosing, null where it only shows
   */
  constructor(area, ontap = null) {
    this.area = area;
    this.ontap = ontap;
    /** @type {Point | null} */
    this.point = null;
    /** @type {Map<number, Finger>} */
    this.fingers = new Map();
    this.moved = false;
    this.lat0 = area.shapes[0].rings[0][0][1];
    this.shrink = Math.cos((this.lat0 * Math.PI) / 180);
    this.layer = svg("g", {});
    this.labels = svg("g", { class: "labels" });
    this.marker = svg("g", { class: "marker" });
    this.svg = svg("svg", { class: "map", role: "img", "aria-label": t("field.map_of", { name: area.name }) }, this.layer, this.labels, this.marker);
    this.layer.append(...area.shapes.map((shape) => this.outline(shape)));
    this.whole = this.bounds();
    /** @type {View} */
    this.view = { ...this.whole };
    this.node = el("div", { class: "map-box", "data-testid": "map" }, this.svg, ontap && this.zoomButtons());
    if (ontap) this.listen();
    new ResizeObserver(() => this.draw()).observe(this.svg);
    this.draw();
  }

  /**
   * @param {number} lon
   * @param {number} lat
   * @returns {[number, number]}
   */
  xy(lon, lat) {
    return [lon * this.shrink * METRES_PER_DEGREE, -lat * METRES_PER_DEGREE];
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {[number, number]}
   */
  lonLat(x, y) {
    return [x / (this.shrink * METRES_PER_DEGREE), -y / METRES_PER_DEGREE];
  }

  /** @param {Shape} shape */
  outline({ code, rings }) {
    const d = rings.map((ring) => `M${ring.map(([lon, lat]) => this.xy(lon, lat).map((v) => v.toFixed(1)).join(" ")).join("L")}Z`).join("");
    const own = this.area.own && this.area.own.code === code;
    return svg("path", { d, class: own ? "own" : "", "fill-rule": "evenodd" });
  }

  /** @returns {View} */
  bounds() {
    const points = this.area.shapes.flatMap(({ rings }) => rings.flat()).map(([lon, lat]) => this.xy(lon, lat));
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    const [width, height] = [Math.max(...xs) - x, Math.max(...ys) - y];
    const margin = MARGIN * Math.max(width, height);
    return { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
  }

  zoomButtons() {
    /** @param {number} factor */
    const zoom = (factor) => () => this.zoom(factor, this.view.x + this.view.width / 2, this.view.y + this.view.height / 2);
    return el("div", { class: "zoom" },
      button("+", zoom(0.5), { "aria-label": t("field.zoom_in") }),
      button("−", zoom(2), { "aria-label": t("field.zoom_out") }));
  }

  /** @param {Point | null} point */
  setPoint(point) {
    this.point = point;
    if (point && point.centre) this.show(point);
    this.draw();
  }

  /**
   * Brings a point into view where it is not, within the area or beside it.
   * @param {Point} point
   */
  show({ lon, lat }) {
    const [x, y] = this.xy(lon, lat);
    const { view } = this;
    if (x > view.x && x < view.x + view.width && y > view.y && y < view.y + view.height) return;
    view.x = x - view.width / 2;
    view.y = y - view.height / 2;
  }

  /**
   * @param {number} factor
   * @param {number} x stays where it is
   * @param {number} y
   */
  zoom(factor, x, y) {
    const { view, whole } = this;
    const scale = Math.min(Math.max(factor, CLOSEST_M / view.width), (1.5 * whole.width) / view.width);
    this.view = { x: x - (x - view.x) * scale, y: y - (y - view.y) * scale, width: view.width * scale, height: view.height * scale };
    this.draw();
  }

  /* Metres a pixel of the screen stands for. */
  scale() {
    const box = this.svg.getBoundingClientRect();
    if (!box.width || !box.height) return this.view.width / 360;
    return Math.max(this.view.width / box.width, this.view.height / box.height);
  }

  draw() {
    const { x, y, width, height } = this.view;
    this.svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    this.svg.classList.toggle("near", width < 0.95 * this.whole.width);
    const px = this.scale();
    this.drawLabels(px);
    this.drawPoint(px);
  }

  /**
   * Names that have room: one that would lie upon another is left out, the own grid's never.
   * @param {number} px metres
   */
  drawLabels(px) {
    const { own, parts, name } = this.area;
    const ordered = [...parts].sort((a, b) => Number(b.id === own?.id) - Number(a.id === own?.id));
    /** @type {number[][]} */
    const taken = [];
    /** @type {Element[]} */
    const shown = [];
    for (const part of ordered) {
      const text = part.name.startsWith(name) ? part.name.slice(name.length).trim() : part.name;
      const [x, y] = this.xy(...part.label);
      const half = (LABEL_PX * px * Array.from(text).reduce((sum, c) => sum + (c > "\u2e80" ? 1 : 0.6), 0)) / 2;
      const box = [x - half, y - LABEL_PX * px, x + half, y + 0.4 * LABEL_PX * px];
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      shown.push(svg("text", { x, y, "font-size": LABEL_PX * px, "text-anchor": "middle" }, text));
    }
    this.labels.replaceChildren(...shown);
  }

  /** @param {number} px metres */
  drawPoint(px) {
    this.marker.replaceChildren();
    if (!this.point) return;
    const [cx, cy] = this.xy(this.point.lon, this.point.lat);
    if (this.point.accuracy_m) this.marker.append(svg("circle", { cx, cy, r: this.point.accuracy_m, class: "accuracy" }));
    this.marker.append(svg("circle", { cx, cy, r: 9 * px, class: "halo" }), svg("circle", { cx, cy, r: 6 * px, class: "dot" }));
  }

  /**
   * Where on the map a pixel of the screen is.
   * @param {Pixel} pixel
   * @returns {[number, number]}
   */
  at({ clientX, clientY }) {
    const place = new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM()?.inverse());
    return [place.x, place.y];
  }

  listen() {
    this.svg.addEventListener("pointerdown", (event) => {
      if (this.fingers.size === 0) this.moved = false;
      this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY, from: [event.clientX, event.clientY] });
    });
    this.svg.addEventListener("pointermove", (event) => this.onMove(event));
    this.svg.addEventListener("pointerup", (event) => this.onUp(event));
    for (const end of /** @type {const} */ (["pointercancel", "pointerleave"])) this.svg.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, ...this.at(event));
    }, { passive: false });
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    const far = Math.hypot(event.clientX - finger.from[0], event.clientY - finger.from[1]) > TAP_PX;
    this.moved ||= far || this.fingers.size > 1;
    if (this.moved) this.fingers.size > 1 ? this.pinch(event, finger) : this.drag(event, finger);
    [finger.x, finger.y] = [event.clientX, event.clientY];
  }

  /**
   * @param {PointerEvent} event
   * @param {Finger} finger
   */
  drag(event, finger) {
    const px = this.scale();
    this.view.x -= (event.clientX - finger.x) * px;
    this.view.y -= (event.clientY - finger.y) * px;
    this.draw();
  }

  /**
   * @param {PointerEvent} event
   * @param {Finger} finger
   */
  pinch(event, finger) {
    const other = [...this.fingers.values()].find((one) => one !== finger);
    if (!other) return;
    const before = Math.hypot(finger.x - other.x, finger.y - other.y);
    const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    const middle = { clientX: (event.clientX + other.x) / 2, clientY: (event.clientY + other.y) / 2 };
    if (before > 0 && after > 0) this.zoom(before / after, ...this.at(middle));
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    const known = this.fingers.delete(event.pointerId);
    if (!known || this.moved || this.fingers.size > 0) return;
    this.ontap?.(...this.lonLat(...this.at(event)));
  }
}
