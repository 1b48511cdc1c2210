/** Inserts the rows that belong to one company or trunk, in one statement a table. */
import type { Query } from "../../../lib/runtime/database.ts";

/** Inserts rows given as JSON objects; `columns` are "name type" pairs of the table, without the owner's. */
export async function insertRows(
  query: Query,
  table: string,
  columns: readonly string[],
  values: { readonly owner: string; readonly rows: readonly object[] },
): Promise<void> {
  if (values.rows.length === 0) return;
  const names = columns.map((column) => column.split(" ")[0]).join(", ");
  const owner = table.startsWith("trunk_") ? "trunk_id" : "company_id";
  await query(
    `insert into ${table} (${owner}, ${names})
     select $1, ${names} from jsonb_to_recordset($2::jsonb) as x(${columns.join(", ")})`,
    [values.owner, JSON.stringify(values.rows)],
  );
}
