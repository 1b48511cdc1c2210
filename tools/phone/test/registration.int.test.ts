/**
 * The phone against a registrar (and proxy) of plain sockets and node:crypto: the digest is checked by arithmetic
 * that is not the package's own.
 */
import { createHash } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { headerValues } from "../log.ts";
import { type Phone, startPhone } from "../phone.ts";

const running: { phones: Phone[]; sockets: Socket[] } = { phones: [], sockets: [] };
afterEach(async () => {
  await Promise.all(running.phones.splice(0).map((phone) => phone.close()));
  for (const socket of running.sockets.splice(0)) socket.close();
});

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** Answers by `decide`; a response line and further header lines. */
async function startRegistrar(decide: (request: string) => readonly string[]): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  running.sockets.push(socket);
  await once(socket, "listening");
  socket.on("message", (data, from) => {
    const request = data.toString("latin1");
    const [start = "", ...more] = decide(request);
    const copied = ["via", "from", "call-id", "cseq"].flatMap((name) =>
      headerValues(request, name).map((value) => `${name}: ${value}`),
    );
    const to = `To: ${headerValues(request, "to")[0]};tag=registrar`;
    const lines = [`SIP/2.0 ${start}`, ...copied, to, ...more, "Content-Length: 0", "", ""];
    socket.send(lines.join("\r\n"), from.port, from.address);
  });
  return socket.address().port;
}

function parameter(header: string, name: string): string {
  return new RegExp(`[ ,]${name}="?([^",]+)`).exec(header)?.[1] ?? "";
}

/** RFC 2617 3.2.2.1 with qop=auth. */
function isRightResponse(request: string, password: string): boolean {
  const names = ["authorization", "proxy-authorization"];
  const header = names.flatMap((name) => headerValues(request, name))[0] ?? "";
  const of = (name: string): string => parameter(header, name);
  const ha1 = md5(`${of("username")}:${of("realm")}:${password}`);
  const ha2 = md5(`${request.split(" ")[0]}:${of("uri")}`);
  const parts = [ha1, of("nonce"), of("nc"), of("cnonce"), of("qop"), ha2];
  return of("response") === md5(parts.join(":"));
}

const CHALLENGE = 'WWW-Authenticate: Digest realm="demo", nonce="n1", algorithm=MD5, qop="auth"';

async function startRegistered(port: number, password: string): Promise<Phone> {
  const phone = await startPhone({
    bind: { host: "127.0.0.1", port: 0 },
    user: "1001",
    domain: "demo",
    password,
    registrar: { host: "127.0.0.1", port },
  });
  running.phones.push(phone);
  return phone;
}

function authenticate(request: string): readonly string[] {
  if (headerValues(request, "authorization").length === 0) return ["401 Unauthorized", CHALLENGE];
  if (!isRightResponse(request, "secret")) return ["403 Forbidden"];
  const contact = headerValues(request, "contact")[0] ?? "";
  const expires = headerValues(request, "expires")[0] ?? "";
  return expires === "0" ? ["200 OK"] : ["200 OK", `Contact: ${contact};expires=${expires}`];
}

it("a challenged REGISTER is signed, bound, renewed before it ends and removed", async () => {
  const phone = await startRegistered(await startRegistrar(authenticate), "secret");
  const reply = await phone.register({ expires: 1, refresh: true });
  expect(reply).toMatchObject({ status: 200, expires: 1 });
  expect(reply.contacts[0]).toContain(`<sip:1001@127.0.0.1:${phone.address.port}>`);
  await phone.log.waitFor(({ cseq, status }) => cseq === 4 && status === 200, 5_000);
  expect(await phone.unregister()).toMatchObject({ status: 200, expires: 0, contacts: [] });
  const sent = phone.log.requests("REGISTER", "out");
  expect(new Set(sent.map(({ callId }) => callId)).size).toBe(1);
  expect(sent.map(({ cseq }) => cseq)).toEqual(sent.map((_, index) => index + 1));
});

it("a wrong password ends in the registrar's refusal after one try", async () => {
  const phone = await startRegistered(await startRegistrar(authenticate), "guess");
  expect((await phone.register()).status).toBe(403);
  expect(phone.log.requests("REGISTER", "out")).toHaveLength(2);
});

it.each([
  "",
  "WWW-Authenticate: Basic realm=x",
  "WWW-Authenticate: Digest realm=x",
  "WWW-Authenticate:",
])("a 401 with the challenge %j is the final answer, no exception", async (challenge) => {
  const more = challenge === "" ? [] : [challenge];
  const port = await startRegistrar(() => ["401 Unauthorized", ...more]);
  const phone = await startRegistered(port, "secret");
  expect((await phone.register()).status).toBe(401);
  expect(phone.log.faults()).toEqual([]);
});

it("of several challenges the first one with MD5 is answered", async () => {
  const sha = CHALLENGE.replace("MD5", "SHA-256").replace("n1", "n2");
  const port = await startRegistrar((request) => {
    const [first = "", ...others] = authenticate(request);
    return first.startsWith("401")
      ? [first, "WWW-Authenticate: Basic realm=x", sha, ...others]
      : [first, ...others];
  });
  const phone = await startRegistered(port, "secret");
  expect(await phone.register({ expires: 60 })).toMatchObject({ status: 200, expires: 60 });
});

it("an INVITE challenged with 407 is signed, and its CANCEL belongs to the signed one", async () => {
  const challenge = CHALLENGE.replace("WWW-", "Proxy-");
  let ringing = "";
  const port = await startRegistrar((request) => {
    if (request.startsWith("ACK")) return ["200 OK"];
    if (request.startsWith("CANCEL")) {
      const [via] = headerValues(request, "via");
      return via === headerValues(ringing, "via")[0] ? ["200 OK"] : ["481 No Such Call"];
    }
    if (!isRightResponse(request, "secret")) return ["407 Proxy Authentication", challenge];
    ringing = request;
    return ["180 Ringing"];
  });
  const phone = await startRegistered(port, "secret");
  const call = phone.call("1002");
  await call.provisional(180, 5_000);
  call.cancel();
  const answer = await phone.log.waitFor(
    ({ method, status }) => method === "CANCEL" && status !== null,
    5_000,
  );
  expect(answer.status).toBe(200);
  expect(phone.log.requests("INVITE", "out").map(({ cseq }) => cseq)).toEqual([1, 2]);
  expect(phone.log.requests("ACK", "out")).toHaveLength(1);
});
