/**
 * What is shown of scopes: use and limit. Companies and trunks are shown one by one; the scopes of
 * single numbers are too many for that and are shown only to who asks for one of them.
 */
import { type ChannelPool, heldIn } from "./channel-pool.ts";

/** A scope with its use and limit. */
export interface ScopeUse {
  readonly id: string;
  readonly held: number;
  readonly limit: number;
}

const isShown = (scope: string): boolean =>
  scope.startsWith("company:") || scope.startsWith("trunk:");

/** The companies and trunks whose limits are remembered, `most` of them at most. */
export function sharedScopes(pool: ChannelPool, most: number): readonly ScopeUse[] {
  const shown: ScopeUse[] = [];
  for (const { scope, limit } of pool.limits.values()) {
    if (shown.length >= most) break;
    if (isShown(scope)) shown.push({ id: scope, held: heldIn(pool, scope), limit });
  }
  return shown;
}

/** One scope of any kind; none when its limit is not remembered. */
export function scopeCalled(pool: ChannelPool, id: string): readonly ScopeUse[] {
  const known = pool.limits.get(id);
  return known === undefined ? [] : [{ id, held: heldIn(pool, id), limit: known.limit }];
}
