/* Where it is: the phone's position, a tap on the map, or the grid alone. */

import { areaOf, partAt } from "./area.js";
import { el } from "../lib/dom.js";
import { button } from "./dom.js";
import { GridMap } from "./map.js";
import { metres, t } from "./words.js";

/** @import { Area, Me, Place, PlaceFields } from "./types" */

const GOOD_M = 50;
const POSITION = { enableHighAccuracy: true, timeout: 20_000, maximumAge: 15_000 };
const DECIMALS = 6;

/**
 * The place of a form.
 * @param {Me} me
 * @param {Place | null} place
 * @param {(place: Place | null) => unknown} changed
 */
export function placeField(me, place, changed) {
  const said = el("p", { class: "quiet", role: "status", "data-testid": "place" });
  const mapPlace = el("div", {});
  /** @type {HTMLSelectElement} */
  const select = el("select", { "aria-label": t("field.place_grid"), onchange: () => choose(select.value) });
  const here = button(t("field.place_here"), locate, { "data-testid": "here" });
  /** @type {{ area: Area | null, map: GridMap | null, place: Place | null }} */
  const state = { area: null, map: null, place };

  /** @param {Place | null} next */
  function set(next) {
    state.place = next;
    changed(next);
    draw();
  }

  /** @param {string} code */
  function choose(code) {
    const part = state.area?.parts.find((one) => one.code === code);
    set(part ? { grid_code: part.code, name: part.name } : null);
  }

  /** @param {string | null} text */
  function draw(text = null) {
    const found = state.place;
    select.value = found?.grid_code ?? "";
    if (state.map) state.map.setPoint(found && "lon" in found ? { ...found, centre: found.by === "phone" } : null);
    said.textContent = text || describe(found, state.area);
  }

  async function locate() {
    if (!navigator.geolocation || !window.isSecureContext) return draw(t("field.place_impossible"));
    here.disabled = true;
    said.textContent = t("field.place_looking");
    try {
      /** @type {GeolocationPosition} */
      const { coords } = await new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject, POSITION));
      set({ lon: rounded(coords.longitude), lat: rounded(coords.latitude), accuracy_m: coords.accuracy, by: "phone" });
    } catch (error) {
      draw(t(error instanceof GeolocationPositionError && error.code === error.PERMISSION_DENIED ? "field.place_denied" : "field.place_failed"));
    } finally {
      here.disabled = false;
    }
    return undefined;
  }

  areaOf(me).then((area) => {
    state.area = area;
    if (!area || !area.shapes.length) return draw();
    const grids = area.parts.map((part) => el("option", { value: part.code }, part.name));
    select.replaceChildren(el("option", { value: "" }, t("field.place_grid")), ...grids);
    state.map = new GridMap(area, (lon, lat) => set({ lon: rounded(lon), lat: rounded(lat), accuracy_m: null, by: "map" }));
    mapPlace.replaceChildren(state.map.node);
    return draw();
  });
  draw();
  return el("div", {}, el("div", { class: "pair" }, here, select), said, mapPlace);
}

/** @param {number} degrees */
const rounded = (degrees) => Number(degrees.toFixed(DECIMALS));

/**
 * @param {Place | null} place
 * @param {Area | null} area
 */
function describe(place, area) {
  if (!place) return t("field.place_none");
  if (place.grid_code !== undefined) return t("field.place_by_grid", { name: place.name });
  const part = area && partAt(area, place.lon, place.lat);
  const where = part ? part.name : t(area ? "field.place_elsewhere" : "field.place_found");
  if (place.by === "map") return t("field.place_by_map", { where });
  const key = (place.accuracy_m ?? 0) > GOOD_M ? "field.place_by_phone_rough" : "field.place_by_phone";
  return t(key, { where, accuracy: metres(place.accuracy_m ?? 0) });
}

/**
 * What a report says of its place.
 * @param {Place} place
 * @returns {PlaceFields}
 */
export function placeFields(place) {
  if (place.grid_code !== undefined) return { grid_code: place.grid_code };
  return { lon: place.lon, lat: place.lat, coordinate_system: "wgs84" };
}
