/** Writes docs/company-file.schema.json. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { companySchemaText } from "./company-schema.ts";

writeFileSync(
  join(import.meta.dirname, "../../docs/company-file.schema.json"),
  companySchemaText(),
);
