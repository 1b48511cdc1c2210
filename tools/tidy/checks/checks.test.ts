/** Each check against a workspace written as a literal: the snapshot is exactly what a reader would see. */

import { expect, test } from "vitest";
import type { Check } from "../workspace.ts";
import { checkDeadFiles } from "./dead-files.ts";
import { checkDecisionIndex, checkLinks, checkTitles } from "./documents.ts";
import { checkGlossary } from "./glossary.ts";
import { checkMarkers } from "./markers.ts";
import { checkNames } from "./names.ts";

function findings(check: Check, files: Readonly<Record<string, string>>): string {
  const found = check(new Map(Object.entries(files)));
  return ["", ...found.map(({ path, line, message }) => `${path}:${line} ${message}`)].join("\n");
}

test("a name that says nothing is reported wherever it stands in the path", () => {
  const files = {
    "services/sip-edge/src/utils/x.ts": "",
    "services/sip-edge/src/shell/message-handler.ts": "",
    "tools/Types.ts": "",
    "services/sip-edge/src/shell/handlers-of-nothing.ts": "",
    "services/call-controller/src/core/ring/typestate.ts": "",
  };
  expect(findings(checkNames, files)).toMatchInlineSnapshot(`
    "
    services/sip-edge/src/utils/x.ts:0 "utils" names nothing: use the field's own noun
    services/sip-edge/src/shell/message-handler.ts:0 "handler" names nothing: use the field's own noun
    tools/Types.ts:0 "Types" names nothing: use the field's own noun"
  `);
});

test("a document has one title and begins with it; code is not a title", () => {
  const files = {
    "good.md": "# Good\n\n```sh\n# a comment\n```\n## Part\n",
    "two.md": "# One\n# Two\n",
    "none.md": "## Part\n",
    "late.md": "words\n# Late\n",
  };
  expect(findings(checkTitles, files)).toMatchInlineSnapshot(`
    "
    two.md:1 2 titles, want 1
    none.md:1 0 titles, want 1
    late.md:1 the title is not the first line"
  `);
});

test("a relative link leads to a file or folder of the workspace", () => {
  const files = {
    "docs/a.md":
      "# A\n[up](../README.md) [folder](../services/) [part](#part) [web](https://x.y)\n",
    "README.md":
      "# R\n[gone](docs/gone.md) and [here](docs/a.md#top)\n```\n[code](nowhere.md)\n```\n",
    "services/x.ts": "",
  };
  expect(findings(checkLinks, files)).toMatchInlineSnapshot(`
    "
    README.md:2 no such file: docs/gone.md"
  `);
});

test("every decision record is linked from the index", () => {
  const files = {
    "docs/adr/README.md": "# Decisions\n- [core](0001-core.md)\n- 0002-edge.md\n",
    "docs/adr/0001-core.md": "# Core",
    "docs/adr/0002-edge.md": "# Edge",
    "docs/adr/template.md": "# Template",
  };
  expect(findings(checkDecisionIndex, files)).toMatchInlineSnapshot(`
    "
    docs/adr/0002-edge.md:0 not linked from docs/adr/README.md"
  `);
});

test("a file that only its own test imports is dead, as is what only dead files import", () => {
  const files = {
    "package.json": '{"scripts": {"x": "node tools/x/started.ts"}}',
    "README.md": "tools/x/mentioned.ts",
    "services/a/src/main.ts": 'import { b } from "./b.ts";',
    "services/a/src/b.ts": 'const url = new URL("./worker.ts", import.meta.url);',
    "services/a/src/worker.ts": "",
    "services/a/src/lonely.ts": 'import "./child.ts";',
    "services/a/src/lonely.test.ts": 'import { x } from "./lonely.ts";\nimport "../fixture.ts";',
    "services/a/src/child.ts": "",
    "services/a/fixture.ts": "",
    "tools/x/started.ts": "",
    "tools/x/mentioned.ts": "",
  };
  expect(findings(checkDeadFiles, files)).toMatchInlineSnapshot(`
    "
    services/a/src/lonely.ts:0 dead: no main, test or script reaches it
    services/a/src/child.ts:0 dead: no main, test or script reaches it
    tools/x/mentioned.ts:0 dead: no main, test or script reaches it"
  `);
});

test("a marker needs an issue number, a switched-off rule needs a reason", () => {
  const files = {
    "a.ts": [
      "// TODO tidy up",
      "// TODO #12 tidy up",
      "// FIXME: later",
      "const TODOS = 1;",
      "// oxlint-disable-next-line max-params",
      "// oxlint-disable-next-line max-params -- the wire has five fields",
      "// @ts-expect-error",
      "// @ts-expect-error: the compiler must refuse a string here",
      "// @ts-ignore",
    ].join("\n"),
    "plan.md": "TODO is a word here",
  };
  expect(findings(checkMarkers, files)).toMatchInlineSnapshot(`
    "
    a.ts:1 TODO without an issue number
    a.ts:3 FIXME without an issue number
    a.ts:5 oxlint-disable without a reason
    a.ts:7 @ts-expect-error without a reason
    a.ts:9 types are never switched off"
  `);
});

test("a synonym that the glossary rejects is no part of a path or of a declared name", () => {
  const files = {
    "docs/GLOSSARY.md": [
      "# Glossary",
      "| word | meaning | not |",
      "| --- | --- | --- |",
      "| **call** | our unit | `session`, conversation (but SDP has a session) |",
      "| hunt group | targets | ring group |",
      "",
      "| other | table |",
      "| --- | --- |",
      "| leg | dialog |",
    ].join("\n"),
    "services/a/src/ring-group.ts": "export const sessionTimer = 1; // session in prose",
    "services/a/src/dialog.ts": "export type Obsession = string;\nfunction openConversation() {}",
    "services/lib/wire/gen/x.ts": "const session = 1;",
  };
  expect(findings(checkGlossary, files)).toMatchInlineSnapshot(`
    "
    services/a/src/ring-group.ts:0 "ring group" is not our word: "hunt group"
    services/a/src/ring-group.ts:1 "session" is not our word: "call"
    services/a/src/dialog.ts:2 "conversation" is not our word: "call""
  `);
});

test("without a glossary no word is rejected", () => {
  expect(findings(checkGlossary, { "services/a/session.ts": "const session = 1;" })).toBe("");
});
