/* What a viewer prefers, in cookies that every page reads. */

const YEAR_S = 365 * 24 * 3600;

/**
 * @param {string} name
 * @param {string[]} choices
 * @param {string} fallback where nothing is preferred, or nothing that there is
 * @returns {string}
 */
export function preferred(name, choices, fallback) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  const value = found?.slice(name.length + 1);
  return value !== undefined && choices.includes(value) ? value : fallback;
}

/**
 * @param {"lang" | "theme"} name
 * @param {string} value
 * @returns {void}
 */
export function prefer(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
}
