/* The report form. What is typed is kept as it is typed: a closed page loses nothing. */

import { categoryField, countUse, loadCategories } from "./categories.js";
import { el } from "../lib/dom.js";
import { button } from "./dom.js";
import { addReport, amend } from "./outbox.js";
import { photoField } from "./photo_field.js";
import { placeField, placeFields } from "./place.js";
import { entry, forget, keep, kept } from "./vault.js";
import { t } from "./words.js";

/** @import { Draft, EntryPhoto, Label, NewStep, OwnedApp, Person, Photo, Place, Report } from "./types" */

const DRAFT = "draft";
const MAX_TITLE = 200;
const MAX_NOTE = 500;

/** @returns {Draft} */
const blank = () => ({ category: null, title: "", place: null, photos: [], self_handled: false, note: "", edits: null });

/** @param {OwnedApp} app */
export async function reportView(app) {
  /** @type {Draft} */
  const draft = { ...blank(), ...(await kept(DRAFT)) };
  const categories = await loadCategories(app.me.person);
  const said = el("p", { class: "wrong", role: "alert", "data-testid": "said" });
  const save = () => keep(DRAFT, draft);
  /**
   * @template {keyof Draft} K
   * @param {K} name
   * @returns {(value: Draft[K]) => Promise<unknown>}
   */
  const set = (name) => (value) => {
    draft[name] = value;
    said.textContent = "";
    return save();
  };

  const note = el("textarea", { rows: 2, maxlength: MAX_NOTE, value: draft.note, placeholder: t("field.self_note"), "aria-label": t("field.self_note"), oninput: (event) => set("note")(event.target.value) });
  note.hidden = !draft.self_handled;
  /** @type {HTMLInputElement} */
  const self = el("input", { type: "checkbox", checked: draft.self_handled, onchange: () => {
    note.hidden = !self.checked;
    set("self_handled")(self.checked);
  } });

  async function submit() {
    if (!isWhole(draft)) {
      said.textContent = t(wanting(draft) ?? "");
      said.scrollIntoView({ block: "center" });
      return;
    }
    send.disabled = true;
    await hand(app.me.person, draft);
    await forget(DRAFT);
    app.toast(t(navigator.onLine ? "field.saved_sending" : "field.saved_waiting"));
    app.sendSoon();
    app.go("outbox");
  }

  /** @type {HTMLButtonElement} */
  const send = button(t(draft.edits ? "field.report_again" : "field.report_send"), submit, { class: "button main", "data-testid": "send" });
  return el("section", { class: "form" },
    el("h1", { class: "unseen" }, t("field.title")),
    group("field.category", categoryField(categories, draft.category && draft.category.code, set("category"))),
    group("field.seen", el("textarea", { rows: 2, maxlength: MAX_TITLE, value: draft.title, placeholder: t("field.seen_hint"), "aria-label": t("field.seen"), "data-testid": "title", oninput: (event) => set("title")(event.target.value) })),
    group("field.photos", photoField(draft.photos, save)),
    group("field.place", placeField(app.me, draft.place, set("place"))),
    el("label", { class: "check" }, self, el("span", {}, t("field.self_handled"))),
    note, said,
    el("div", { class: "bar" }, send));
}

/**
 * @param {string} key of its heading
 * @param {Node[]} children
 */
const group = (key, ...children) => el("div", { class: "group" }, el("h2", {}, t(key)), ...children);

/** @param {Draft} draft */
function wanting(draft) {
  if (!draft.category) return "field.wanting_category";
  return draft.place ? null : "field.wanting_place";
}

/**
 * @typedef {Draft & { category: NonNullable<Draft["category"]>, place: NonNullable<Draft["place"]> }} WholeDraft
 * @param {Draft} draft
 * @returns {draft is WholeDraft}
 */
const isWhole = (draft) => wanting(draft) === null;

/**
 * @param {Person} person
 * @param {WholeDraft} draft
 */
async function hand(person, draft) {
  const { category } = draft;
  const title = draft.title.trim();
  /** @type {Report} */
  const report = { category: category.code, title, ...placeFields(draft.place) };
  /** @type {Label} */
  const label = { title, category: { zh: category.zh, en: category.en } };
  /** @type {NewStep | null} */
  const step = draft.self_handled ? { kind: "self_handled", detail: draft.note.trim() ? { note: draft.note.trim() } : {} } : null;
  await countUse(category.code);
  if (!draft.edits) return addReport(person, label, report, draft.photos, step);
  return amend(draft.edits, (found) => ({
    ...found, label, report, step: step && { ...step, key: "" }, at: null,
    photos: draft.photos.map((photo) => ({ ...photo, n: null })),
  }));
}

/**
 * @param {EntryPhoto} photo
 * @returns {photo is EntryPhoto & Photo}
 */
const hasContent = (photo) => photo.content !== undefined;

/**
 * Puts a refused report back into the form.
 * @param {string} id of its entry
 */
export async function editReport(id) {
  const found = await entry(id);
  // Another tab may have thrown it away meanwhile.
  if (!found?.report) return;
  const { report, step, photos } = found;
  /** @type {Place} */
  const place = report.grid_code
    ? { grid_code: report.grid_code, name: report.grid_code }
    : { lon: report.lon ?? NaN, lat: report.lat ?? NaN, accuracy_m: null, by: "map" };
  await keep(DRAFT, {
    ...blank(), title: report.title, place, photos: photos.filter(hasContent), edits: id,
    category: { code: report.category, ...found.label.category },
    self_handled: Boolean(step), note: (step && step.detail.note) || "",
  });
}
