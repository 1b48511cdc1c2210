/**
 * The few shapes that our lint rules need from the linter: syntax nodes and the context of one file.
 *
 * Owns: these types. Does not own: the rules (layers.ts, pure.ts), nor their configuration (.oxlintrc.json).
 */

/** A syntax node (ESTree with TypeScript); a rule narrows the fields it asked for by node kind. */
export type Node = {
  readonly type: string;
  readonly parent?: Node | null;
};

/** `import … from "source"` and its relatives; `source` is null for an `export { x }`. */
export type ImportNode = Node & { readonly source: { readonly value?: unknown } | null };

/** A function of any spelling. */
export type FunctionNode = Node & { readonly async: boolean };

/** A `let`, `const` or `var` statement. */
export type VariableNode = Node & { readonly kind: string };

/** A type written by name; `typeName.name` is absent for a qualified name. */
export type TypeReferenceNode = Node & { readonly typeName: { readonly name?: string } };

/** What the linter gives a rule for one file. */
export type RuleContext = {
  readonly filename: string;
  readonly cwd: string;
  report(finding: { readonly node: Node; readonly message: string }): void;
};
