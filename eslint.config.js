/* What eslint asks of the scripts of the browser: faults, not style. Types are asked by tsc (tsconfig.json). */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import js from "@eslint/js";
import globals from "globals";

const IMPORT = /^\s*(?:import|export)\b[^;"']*?["'](\.{1,2}\/[^"']+)["']/gm;

/** @type {Map<string, string[]>} */
const known = new Map();

/**
 * The modules that a module imports by a relative path.
 * @param {string} path
 * @returns {string[]}
 */
function importsOf(path) {
  let found = known.get(path);
  if (!found) {
    found = [];
    known.set(path, found);
    try {
      const code = readFileSync(path, "utf-8");
      for (const [, name] of code.matchAll(IMPORT)) if (!/^\s*import\("/.test(name)) found.push(resolve(dirname(path), name));
    } catch {
      // A module that is served from elsewhere under this address; tsc reports one that is nowhere.
    }
  }
  return found;
}

/**
 * The way from a module back to a target, if there is one.
 * @param {string} from
 * @param {string} target
 * @param {Set<string>} seen
 * @returns {string[] | null}
 */
function wayBack(from, target, seen = new Set()) {
  if (from === target) return [from];
  if (seen.has(from)) return null;
  seen.add(from);
  for (const next of importsOf(from)) {
    const rest = wayBack(next, target, seen);
    if (rest) return [from, ...rest];
  }
  return null;
}

/** @type {import("eslint").Rule.RuleModule} */
const noCycle = {
  meta: { type: "problem", schema: [], messages: { cycle: "These modules import each other in a circle: {{way}}" } },
  create(context) {
    /** @param {any} node */
    const look = (node) => {
      if (!node.source || !String(node.source.value).startsWith(".")) return;
      const way = wayBack(resolve(dirname(context.filename), node.source.value), context.filename);
      if (way) context.report({ node, messageId: "cycle", data: { way: way.map((path) => path.slice(context.cwd.length + 1)).join(" -> ") } });
    };
    return { ImportDeclaration: look, ExportNamedDeclaration: look, ExportAllDeclaration: look };
  },
};

export default [
  { ignores: ["**/vendor/", "node_modules/", ".venv/", ".grid/"] },
  js.configs.recommended,
  {
    plugins: { modules: { rules: { "no-cycle": noCycle } } },
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "modules/no-cycle": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["dashboard/browser/live_picture.js", "dashboard/pages/desk/assets/*.js"],
    languageOptions: { sourceType: "script" },
  },
  { files: ["dashboard/pages/field/sw.js"], languageOptions: { globals: { ...globals.serviceworker, __FILES__: "readonly" } } },
  { files: ["*.js", "tests/**/*.js"], languageOptions: { globals: globals.node } },
];
