/* Taking photos in a form: camera or album, small pictures of what is there, each with a way to take it out again. */

import { el } from "../lib/dom.js";
import { button } from "./dom.js";
import { MAX_PHOTOS, photoUrl, smallPhoto } from "./photo.js";
import { t } from "./words.js";

/** @import { Photo } from "./types" */
/** @import { Attributes } from "../lib/dom.js" */

/**
 * @param {Photo[]} photos the list that is filled
 * @param {() => unknown} changed called after each change
 */
export function photoField(photos, changed) {
  const shown = el("div", { class: "photos" });
  const said = el("p", { class: "wrong", role: "status" });
  const choices = el("div", { class: "pair" }, chooser("field.camera", { capture: "environment" }), chooser("field.album", {}));

  /**
   * @param {string} key of the button's text
   * @param {Attributes} more
   */
  function chooser(key, more) {
    /** @type {HTMLInputElement} */
    const input = el("input", { type: "file", accept: "image/*", class: "hidden-input", "aria-label": t(key), ...more, onchange: () => take(input) });
    return el("label", { class: "button" }, t(key), input);
  }

  /** @param {HTMLInputElement} input */
  async function take(input) {
    const files = Array.from(input.files ?? []).slice(0, MAX_PHOTOS - photos.length);
    said.textContent = files.length ? t("field.photo_reading") : "";
    let bad = 0;
    for (const file of files) {
      const photo = await smallPhoto(file);
      if (photo) photos.push(photo);
      else bad += 1;
    }
    input.value = "";
    said.textContent = bad ? t("field.photo_unreadable") : "";
    draw();
    changed();
  }

  function draw() {
    choices.hidden = photos.length >= MAX_PHOTOS;
    shown.replaceChildren(...photos.map((photo, at) => thumbnail(photo, t("field.photo_n", { n: at + 1 }), () => {
      photos.splice(at, 1);
      draw();
      changed();
    })));
  }

  draw();
  return el("div", {}, shown, choices, said);
}

/**
 * @param {Photo} photo
 * @param {string} label
 * @param {() => void} remove
 */
function thumbnail(photo, label, remove) {
  const url = photoUrl(photo);
  const image = el("img", { src: url, alt: label, onload: () => URL.revokeObjectURL(url) });
  return el("figure", {}, image, button("✕", remove, { class: "remove", "aria-label": t("field.photo_remove") }));
}
