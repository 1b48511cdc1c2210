import { afterEach, expect, it } from "vitest";
import {
  answered,
  CHANNEL_OPTIONS,
  callUnary,
  type GrpcAnswer,
  type GrpcServer,
  insecureCredentials,
  refused,
  serveGrpc,
  unary,
} from "../runtime/grpc.ts";
import {
  type GetRecordRequest,
  type GetRecordResponse,
  RecordServiceClient,
  RecordServiceService,
} from "../wire/cdr.ts";

type Respond = (
  request: GetRecordRequest,
  traceparent: string,
) => Promise<GrpcAnswer<GetRecordResponse>>;

let server: GrpcServer | null = null;
let client: RecordServiceClient | null = null;
afterEach(async () => {
  client?.close();
  await server?.close(100);
});

const faults: unknown[] = [];

async function serve(respond: Respond): Promise<RecordServiceClient> {
  const getRecord = unary<GetRecordRequest, GetRecordResponse>(
    (request, { traceparent }) => respond(request, traceparent),
    (fault) => faults.push(fault),
  );
  const unserved = unary(
    () => refused("unimplemented", "not served"),
    () => undefined,
  );
  const implementation = {
    getRecord,
    listRecords: unserved,
    getTrace: unserved,
    listUndecodable: unserved,
  };
  const result = await serveGrpc({
    listen: { host: "127.0.0.1", port: 0 },
    services: [{ definition: RecordServiceService, implementation }],
  });
  if (!result.ok) throw new Error(result.message);
  server = result.server;
  client = new RecordServiceClient(server.address, insecureCredentials(), CHANNEL_OPTIONS);
  return client;
}

const ask = (
  of: RecordServiceClient,
  deadlineMs = 5000,
  traceparent = "",
): Promise<GrpcAnswer<GetRecordResponse>> =>
  callUnary(of.getRecord.bind(of), { callId: "c1" }, { deadlineMs, traceparent });

it("carries the answer and the trace context", async () => {
  const seen: string[] = [];
  const target = await serve(async ({ callId }, traceparent) => {
    seen.push(callId, traceparent);
    return answered({ record: undefined, charges: [] });
  });
  expect(await ask(target, 5000, "00-t-s-01")).toEqual({
    ok: true,
    value: { record: undefined, charges: [] },
  });
  expect(seen).toEqual(["c1", "00-t-s-01"]);
});

it("carries a refusal with its status and message", async () => {
  const target = await serve(async () => refused("not-found", "no such call: c1"));
  expect(await ask(target)).toEqual({
    ok: false,
    status: "not-found",
    message: "no such call: c1",
  });
});

it("an unexpected error is internal without its text, which is reported here", async () => {
  const target = await serve(() => Promise.reject(new Error("password=hunter2")));
  const answer = await ask(target);
  expect(answer).toMatchObject({ ok: false, status: "internal" });
  expect(JSON.stringify(answer)).not.toContain("hunter2");
  expect(faults).toEqual([new Error("password=hunter2")]);
});

it("ends at the deadline", async () => {
  const target = await serve(() => new Promise(() => undefined));
  expect(await ask(target, 50)).toMatchObject({ ok: false, status: "deadline-exceeded" });
});

it("a server that is gone is unavailable, as a value", async () => {
  const target = await serve(async () => answered({ record: undefined, charges: [] }));
  await server?.close(0);
  expect(await ask(target, 500)).toMatchObject({ ok: false });
});

it("an address in use is a value that names it", async () => {
  await serve(async () => answered({ record: undefined, charges: [] }));
  const port = server?.port ?? 0;
  const result = await serveGrpc({ listen: { host: "127.0.0.1", port }, services: [] });
  expect(result.ok ? "" : result.message).toMatch(
    new RegExp(`^cannot serve gRPC on 127.0.0.1:${port}: `),
  );
});
