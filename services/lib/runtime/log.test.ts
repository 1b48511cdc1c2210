import { expect, it } from "vitest";
import { createLogger } from "./log.ts";

function logged(
  write: (log: ReturnType<typeof createLogger>) => void,
): readonly Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(createLogger({ service: "s", node: "n", level: "info" }, destination));
  return lines.map((line) => JSON.parse(line));
}

it("writes one JSON object a line with service, node, level and what a child binds", () => {
  const [line] = logged((log) => log.child({ callId: "c1", traceId: "t1" }).info("offered"));
  expect(line).toMatchObject({
    service: "s",
    node: "n",
    level: "info",
    callId: "c1",
    traceId: "t1",
    msg: "offered",
  });
  expect(new Date(String(line?.["time"])).getTime()).not.toBeNaN();
});

it("cuts secrets out at three levels", () => {
  const said = JSON.stringify(
    logged((log) => {
      log.info({ password: "hunter2" });
      log.info({ terminal: { ha1Md5: "hunter2" } });
      log.info({ request: { headers: { authorization: "hunter2" } } });
    }),
  );
  expect(said).not.toContain("hunter2");
  expect(said.match(/\[secret\]/g)).toHaveLength(3);
});

it("is silent below its level", () => {
  expect(logged((log) => log.debug("step"))).toEqual([]);
});
