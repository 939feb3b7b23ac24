/* Texts of pages that change their language by themselves, and what a viewer prefers. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { bilingual } from "../../../dashboard/browser/lib/bilingual.js";
import { prefer, preferred } from "../../../dashboard/browser/lib/preferences.js";

const TEXTS = { zh: { "page.n": "{n} 件，共 {all}" }, en: { "page.n": "{n} of {all}", "page.more": "More" } };

test("a page changes its language for all that it says from then on", () => {
  const page = bilingual(TEXTS, "zh");
  assert.equal(page.t("page.n", { n: 0, all: 7 }), "0 件，共 7");
  assert.equal(page.local({ zh: "路灯", en: "Street light" }), "路灯");
  assert.equal(page.known("page.more"), false);
  page.change();
  assert.equal(page.language(), "en");
  assert.equal(page.t("page.n", { n: 0, all: 7 }), "0 of 7");
  assert.equal(page.local({ zh: "路灯", en: "Street light" }), "Street light");
  assert.equal(page.known("page.more"), true);
});

test("two pages do not share their language", () => {
  const [one, other] = [bilingual(TEXTS, "zh"), bilingual(TEXTS, "zh")];
  one.change();
  assert.deepEqual([one.language(), other.language()], ["en", "zh"]);
});

test("a text in braces is not filled in twice, and what has no value says so", () => {
  const page = bilingual(TEXTS, "en");
  assert.equal(page.t("page.n", { n: "{all}", all: 7 }), "{all} of 7");
  assert.equal(page.t("page.n", { n: 1 }), "1 of –");
});

test("of the cookies only a choice that there is counts", () => {
  Object.assign(globalThis, { document: { cookie: "xlang=zh; lang=en; theme=pink" }, location: { protocol: "https:" } });
  assert.equal(preferred("lang", ["zh", "en"], "zh"), "en");
  assert.equal(preferred("theme", ["dark", "light"], "dark"), "dark");
  assert.equal(preferred("size", ["s"], "s"), "s");
  prefer("lang", "zh");
  assert.match(document.cookie, /^lang=zh; path=\/; max-age=31536000; samesite=lax; secure$/);
  Object.assign(globalThis, { location: { protocol: "http:" } });
  prefer("theme", "light");
  assert.match(document.cookie, /^theme=light; path=\/; max-age=31536000; samesite=lax$/);
});
