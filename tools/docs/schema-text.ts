/** Fields that several parts of the company file have. Owns their descriptions. */
import * as target from "../../services/tenant-registry/src/core/read-target.ts";
import { optional, type Schema, says, text, whole } from "./json-schema.ts";

/** A name for people. */
export const name = says("For people.", "表示名。", text(target.NAME_MAX));
/** A day. */
export const date: Schema = {
  type: "string",
  pattern: "^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
};
/** A ring time. */
export const ring = (en: string, ja: string, standard: number): Schema =>
  says(en, ja, { ...optional(whole(target.RING)), default: standard });
