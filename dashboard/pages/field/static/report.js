/* The report form. What is typed is kept as it is typed: a closed page loses nothing. */

import { categoryField, countUse, loadCategories } from "./categories.js";
import { button, el } from "./dom.js";
import { addReport, amend } from "./outbox.js";
import { photoField } from "./photo_field.js";
import { placeField, placeFields } from "./place.js";
import { entry, forget, keep, kept } from "./vault.js";
import { t } from "./words.js";

const DRAFT = "draft";
const MAX_TITLE = 200;
const MAX_NOTE = 500;

const blank = () => ({ category: null, title: "", place: null, photos: [], self_handled: false, note: "", edits: null });

export async function reportView(app) {
  const draft = { ...blank(), ...(await kept(DRAFT)) };
  const categories = await loadCategories(app.me.person);
  const said = el("p", { class: "wrong", role: "alert", "data-testid": "said" });
  const save = () => keep(DRAFT, draft);
  const set = (name) => (value) => {
    draft[name] = value;
    said.textContent = "";
    return save();
  };

  const note = el("textarea", { rows: 2, maxlength: MAX_NOTE, value: draft.note, placeholder: t("field.self_note"), "aria-label": t("field.self_note"), oninput: (event) => set("note")(event.target.value) });
  note.hidden = !draft.self_handled;
  const self = el("input", { type: "checkbox", checked: draft.self_handled, onchange: () => {
    note.hidden = !self.checked;
    set("self_handled")(self.checked);
  } });

  async function submit() {
    const missing = wanting(draft);
    if (missing) {
      said.textContent = t(missing);
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

const group = (key, ...children) => el("div", { class: "group" }, el("h2", {}, t(key)), ...children);

function wanting(draft) {
  if (!draft.category) return "field.wanting_category";
  return draft.place ? null : "field.wanting_place";
}

async function hand(person, draft) {
  const { category } = draft;
  const title = draft.title.trim();
  const report = { category: category.code, title, ...placeFields(draft.place) };
  const label = { title, category: { zh: category.zh, en: category.en } };
  const step = draft.self_handled ? { kind: "self_handled", detail: draft.note.trim() ? { note: draft.note.trim() } : {} } : null;
  await countUse(category.code);
  if (!draft.edits) return addReport(person, label, report, draft.photos, step);
  return amend(draft.edits, (found) => ({
    ...found, label, report, step: step && { ...step, key: "" }, at: null,
    photos: draft.photos.map((photo) => ({ ...photo, n: null })),
  }));
}

/* Puts a refused report back into the form. */
export async function editReport(id) {
  const found = await entry(id);
  const { report, step } = found;
  const place = report.grid_code
    ? { grid_code: report.grid_code, name: report.grid_code }
    : { lon: report.lon, lat: report.lat, accuracy_m: null, by: "map" };
  await keep(DRAFT, {
    ...blank(), title: report.title, place, photos: found.photos, edits: id,
    category: { code: report.category, ...found.label.category },
    self_handled: Boolean(step), note: (step && step.detail.note) || "",
  });
}
