/**
 * Our own lint rules, loaded by oxlint (.oxlintrc.json, `jsPlugins`).
 *
 * Owns: the list of rules. Does not own: where each applies; the lint configuration says that.
 */

import { layers } from "./layers.ts";
import { pure } from "./pure.ts";

export default {
  meta: { name: "kakehashi" },
  rules: { layers, pure },
};
