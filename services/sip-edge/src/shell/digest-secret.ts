/**
 * The secret that makes nonces valid on every edge. Owns: where it comes from: the setting, else one
 * that the first edge made and all share by the bucket. Does not own: its use (authenticator.ts).
 */
import type { BindingsBucket } from "./bindings-bucket.ts";

/** Three tokens, which no AOR has. */
const KEY = "_cluster.digest.secret";

/**
 * The configured secret, or the cluster's; `fresh` becomes the cluster's when there is none yet.
 * Null when the bucket cannot be read: nobody can be challenged then, the edge must not start.
 */
export async function digestSecret(
  configured: string | null,
  bucket: BindingsBucket,
  fresh: string,
): Promise<string | null> {
  if (configured !== null) return configured;
  const created = await bucket.write(KEY, { text: fresh, revision: 0, lifetimeS: null });
  if (typeof created === "number") return fresh;
  const stored = await bucket.read(KEY);
  return stored === "unreachable" ? null : stored.text;
}
