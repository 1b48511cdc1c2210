/**
 * Order of a tree drawn in text: each node behind its parent, with the branch that leads to it.
 *
 * T1  Every node appears exactly once, also when its parent is missing or parents run in a circle.
 */

/** A node in its place. `branch` is drawn before it; empty for a root. */
export interface Drawn<T> {
  readonly node: T;
  readonly branch: string;
}

/** How nodes name themselves and their parent; "" or an unknown name means a root. */
export interface Names<T> {
  readonly id: (node: T) => string;
  readonly parent: (node: T) => string;
}

/** Nodes in drawing order; children keep the order in which they came. */
export function drawTree<T>(nodes: readonly T[], { id, parent }: Names<T>): readonly Drawn<T>[] {
  const known = new Set(nodes.map(id));
  const children = new Map<string, T[]>();
  const roots: T[] = [];
  for (const node of nodes) {
    const above = parent(node);
    if (above === "" || !known.has(above)) roots.push(node);
    else children.set(above, [...(children.get(above) ?? []), node]);
  }
  const drawn: Drawn<T>[] = [];
  const placed = new Set<T>();
  const place = (node: T, branch: string, under: string): void => {
    if (placed.has(node)) return;
    placed.add(node);
    drawn.push({ node, branch });
    const below = children.get(id(node)) ?? [];
    below.forEach((child, index) => {
      const isLast = index === below.length - 1;
      place(child, `${under}${isLast ? "└─ " : "├─ "}`, `${under}${isLast ? "   " : "│  "}`);
    });
  };
  for (const node of roots) place(node, "", "");
  for (const node of nodes) place(node, "", "");
  return drawn;
}
