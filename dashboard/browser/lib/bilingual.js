/* Texts of a page that has them in both languages and can change between them without the server. */

/**
 * @typedef {"zh" | "en"} Language
 * @typedef {string | { code?: string, zh?: string, en?: string } | null | undefined} Name a text of the data, in one language or in both
 * @typedef {Record<Language, Record<string, string>>} Texts
 */

const NONE = "–";

/**
 * @param {Texts} texts of the catalogue, by key
 * @param {Language} first the language to begin with
 */
export function bilingual(texts, first) {
  let language = first;

  return {
    language: () => language,
    /** The other language is spoken from here on. */
    change: () => void (language = language === "zh" ? "en" : "zh"),
    /** @type {(key: string) => boolean} */
    known: (key) => key in texts[language],
    /**
     * A text of the catalogue, with its `{names}` filled in; one that is missing is called by its key.
     * @param {string} key
     * @param {Record<string, any>} values
     * @returns {string}
     */
    t(key, values = {}) {
      const template = texts[language][key];
      if (template === undefined) return key.slice(key.indexOf(".") + 1);
      return template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? NONE);
    },
    /** @type {(name: Name) => string} */
    local(name) {
      if (name === null || name === undefined || typeof name !== "object") return String(name ?? "");
      return name[language] || Object.values(name).find(Boolean) || "";
    },
  };
}
