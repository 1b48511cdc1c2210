/**
 * Lint rule `kakehashi/pure`: what a core may not contain and neither the compiler nor a stock rule forbids.
 *
 * Owns: async, await, class, throw, module-level mutable state, the types Promise and Date.
 * Does not own: globals without a type there (tsconfig.core.json), Date and Math.random as values
 * (no-restricted-globals, no-restricted-properties), imports (layers.ts).
 */

import type { FunctionNode, Node, RuleContext, TypeReferenceNode, VariableNode } from "./ast.ts";

const BANNED_TYPES: Readonly<Record<string, string>> = {
  Promise: "A core decides; the shell waits.",
  PromiseLike: "A core decides; the shell waits.",
  Date: "Time is an Instant.",
};

/** Reports impure constructs; see the file header for the list. */
export const pure = {
  create(context: RuleContext): Readonly<Record<string, (node: never) => void>> {
    const banned = (message: string) => (node: Node) => context.report({ node, message });
    const noAsync = (node: FunctionNode): void => {
      if (node.async) context.report({ node, message: "No async function in a core." });
    };
    const noModuleState = (node: VariableNode): void => {
      if (node.kind === "const" || node.parent?.type !== "Program") return;
      context.report({ node, message: "No mutable state at module level in a core." });
    };
    const noImpureType = (node: TypeReferenceNode): void => {
      const { name } = node.typeName;
      if (name === undefined || !Object.hasOwn(BANNED_TYPES, name)) return;
      context.report({ node, message: `No ${name} in a core. ${BANNED_TYPES[name]}` });
    };
    return {
      ClassDeclaration: banned("No class in a core: a value and functions."),
      ClassExpression: banned("No class in a core: a value and functions."),
      ThrowStatement: banned(
        "A core returns faults as values; a broken invariant goes to assert().",
      ),
      AwaitExpression: banned("No await in a core."),
      FunctionDeclaration: noAsync,
      FunctionExpression: noAsync,
      ArrowFunctionExpression: noAsync,
      VariableDeclaration: noModuleState,
      TSTypeReference: noImpureType,
    };
  },
};
