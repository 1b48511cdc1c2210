import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureBucket, ensureStream } from "../runtime/jetstream.ts";
import {
  connectNats,
  isNoResponders,
  type Msg,
  type NatsEvent,
  type NatsLink,
  withoutSecrets,
} from "../runtime/nats.ts";
import { freePort } from "../testkit/free-port.ts";
import { type NatsServer, startNatsServer } from "../testkit/nats-server.ts";
import { waitFor } from "../testkit/wait-for.ts";

const BYTES = new TextEncoder().encode("hello");
const TRACEPARENT = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

let server: NatsServer;
let links: NatsLink[] = [];

beforeEach(async () => {
  server = await startNatsServer();
});
afterEach(async () => {
  for (const link of links) await link.connection.close();
  links = [];
  await server.stop();
});

async function join(onEvent: (event: NatsEvent) => void = () => undefined): Promise<NatsLink> {
  const result = await connectNats({ url: server.url, name: "test", onEvent });
  if (!result.ok) throw new Error(result.message);
  links.push(result.nats);
  return result.nats;
}

describe("messages", () => {
  it("carry the trace context, and one of a queue group gets each", async () => {
    const [a, b, sender] = [await join(), await join(), await join()];
    const heard: string[] = [];
    for (const link of [a, b]) {
      link.subscribe("work", "group", (message) =>
        heard.push(message.headers?.get("traceparent") ?? ""),
      );
      await link.connection.flush();
    }
    expect(sender.publish("work", BYTES, { traceparent: TRACEPARENT })).toBe("sent");
    await waitFor(() => heard.length > 0, "one heard it");
    await sender.request("nobody", BYTES, { timeoutMs: 500 });
    expect(heard).toEqual([TRACEPARENT]);
  });

  it("a request tells no responders, silence and a reply apart", async () => {
    const [server, client] = [await join(), await join()];
    server.subscribe("silent", null, () => undefined);
    server.subscribe("echo", null, (message) => message.respond(message.data));
    await server.connection.flush();
    expect(await client.request("nobody", BYTES, { timeoutMs: 2000 })).toEqual({
      kind: "no-responders",
    });
    expect(await client.request("silent", BYTES, { timeoutMs: 50 })).toEqual({ kind: "timed-out" });
    const reply = await client.request("echo", BYTES, { timeoutMs: 2000 });
    expect(reply.kind === "reply" && reply.message.string()).toBe("hello");
  });

  it("a publish with reply subject shows at once that nobody listens", async () => {
    const link = await join();
    const replies: Msg[] = [];
    link.subscribe("replies", null, (message) => replies.push(message));
    link.publish("kk.ctl.dead", BYTES, { reply: "replies" });
    await waitFor(() => replies.length > 0, "the server answers");
    expect(replies.map(isNoResponders)).toEqual([true]);
  });

  it("a subscriber that throws is reported and hears the next message", async () => {
    const events: NatsEvent[] = [];
    const link = await join((event) => events.push(event));
    let heard = 0;
    link.subscribe("x", null, () => {
      heard += 1;
      throw new Error("broken subscriber");
    });
    link.publish("x", BYTES);
    link.publish("x", BYTES);
    await waitFor(() => heard === 2, "both are delivered");
    expect(events).toContainEqual({ kind: "fault", message: "broken subscriber" });
  });

  it("a message that is too large is refused as a value", async () => {
    const link = await join();
    expect(link.publish("x", new Uint8Array(2_000_000))).toBe("refused");
    expect(link.isConnected()).toBe(true);
  });
});

describe("when the server goes away", () => {
  it("publishes and requests answer disconnected, and all works again after its return", async () => {
    const events: string[] = [];
    const link = await join(({ kind }) => events.push(kind));
    let heard = 0;
    link.subscribe("x", null, () => {
      heard += 1;
    });
    await server.kill();
    await waitFor(() => !link.isConnected(), "the loss is noticed");
    expect(link.publish("x", BYTES)).toBe("disconnected");
    expect(await link.request("x", BYTES, { timeoutMs: 100 })).toEqual({ kind: "disconnected" });
    await server.restart();
    await waitFor(() => link.isConnected(), "it is back");
    expect(link.publish("x", BYTES)).toBe("sent");
    await waitFor(() => heard === 1, "the subscription lives, and nothing old was buffered");
    expect(events).toEqual(["disconnected", "reconnected"]);
  });

  it("boot gives up after its bound, says where it looked, and hides the password", async () => {
    const port = await freePort();
    const url = `nats://user:hunter2@127.0.0.1:${port}`;
    const result = await connectNats({ url, name: "test", bootWaitMs: 300 });
    expect(result.ok ? "" : result.message).toMatch(
      new RegExp(`no NATS server at nats://127.0.0.1:${port} within 300 ms .*is KK_NATS_URL right`),
    );
    expect(JSON.stringify(result)).not.toContain("hunter2");
    expect(withoutSecrets("nats://token@h:1")).toBe("nats://h:1");
  });
});

describe("streams and buckets", () => {
  it("exist after being ensured by two processes at once, twice", async () => {
    const [a, b] = [await join(), await join()];
    const stream = { name: "S", subjects: ["s"], replicas: 1, duplicateWindowMs: 120_000 };
    const bucket = { name: "b", replicas: 1, lifetimeMs: 60_000, markerMs: 1000 };
    for (const round of [1, 2]) {
      const made = await Promise.all([ensureStream(a, stream), ensureStream(b, stream)]);
      expect({ round, made }).toEqual({ round, made: [{ ok: true }, { ok: true }] });
      const opened = await Promise.all([ensureBucket(a, bucket), ensureBucket(b, bucket)]);
      expect(opened.map(({ ok }) => ok)).toEqual([true, true]);
    }
  });

  it("are brought to changed settings, and a refusal is a value that names the stream", async () => {
    const link = await join();
    await ensureStream(link, { name: "S", subjects: ["s"], replicas: 1 });
    expect(
      await ensureStream(link, { name: "S", subjects: ["s"], replicas: 1, ageMaxMs: 3_600_000 }),
    ).toEqual({
      ok: true,
    });
    const refused = await ensureStream(link, { name: "S", subjects: ["s"], replicas: 3 });
    expect(refused.ok ? "" : refused.message).toMatch(/^stream S: .*replicas/);
  });
});
