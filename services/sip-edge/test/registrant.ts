/**
 * A REGISTER client that does just what a test says, on one UDP socket: any Call-ID, CSeq, nonce
 * and algorithm. Owns: signing and reading. Does not own: retransmission (it is on loopback).
 */
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { waitFor } from "../../lib/testkit/wait-for.ts";
import {
  type DigestAlgorithm,
  type DigestChallenge,
  digestResponse,
  digestSecret,
  formatCredentials,
  readChallenge,
} from "../src/core/message/digest.ts";
import { cseq, headerValues } from "../src/core/message/fields.ts";
import type { SipResponse } from "../src/core/message/message.ts";
import { parseMessage } from "../src/core/message/parse.ts";
import { DOMAIN } from "./registrar-edge.ts";

interface Registering {
  readonly contacts?: readonly string[];
  readonly headers?: readonly string[];
  readonly aor?: string;
  readonly credentials?: string;
}

/** One telephone, bare. */
export class Registrant {
  readonly user: string;
  readonly password: string;
  readonly #socket = createSocket("udp4");
  readonly #responses: SipResponse[] = [];
  #to = { host: "127.0.0.1", port: 0 };
  #cseq = 0;
  #nc = 0;

  constructor(user: string, password: string) {
    this.user = user;
    this.password = password;
    this.#socket.on("message", (bytes) => {
      const message = parseMessage(bytes.toString("latin1"));
      if (message.kind === "response") this.#responses.push(message);
    });
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
  }

  stop(): void {
    this.#socket.close();
  }

  /** Talks to this edge from now on. */
  use(edge: { readonly host: string; readonly port: number }): void {
    this.#to = edge;
  }

  get contact(): string {
    return `<sip:${this.user}@127.0.0.1:${this.#socket.address().port}>`;
  }

  /** Sends one REGISTER and waits for its final response. */
  async send({ contacts = [], headers = [], aor, credentials }: Registering): Promise<SipResponse> {
    this.#cseq += 1;
    const number = this.#cseq;
    const lines = [
      `REGISTER sip:${DOMAIN} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bK${this.user}${number}`,
      `From: <sip:${this.user}@${DOMAIN}>;tag=f${number}`,
      `To: <sip:${aor ?? this.user}@${DOMAIN}>`,
      `Call-ID: bare-${this.user}`,
      `CSeq: ${number} REGISTER`,
      "Max-Forwards: 70",
      ...contacts.map((contact) => `Contact: ${contact}`),
      ...headers,
      ...(credentials === undefined ? [] : [`Authorization: ${credentials}`]),
      "Content-Length: 0",
    ];
    const { host, port } = this.#to;
    this.#socket.send(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), port, host);
    return waitFor(
      () => this.#responses.find((response) => cseq(response).number === number),
      `answer to REGISTER ${number} of ${this.user}`,
    );
  }

  /** Registers, answering one challenge with `algorithm`. */
  async register(what: Registering, algorithm: DigestAlgorithm = "SHA-256"): Promise<SipResponse> {
    const first = await this.send(what);
    if (first.status !== 401) return first;
    return this.send({ ...what, credentials: this.sign(challengeOf(first, algorithm)) });
  }

  /** Credentials for a challenge; `nc` rises with each use unless it is given. */
  sign({ realm, nonce, algorithm }: DigestChallenge, nc = (this.#nc += 1)): string {
    const name = algorithm === "MD5" ? "md5" : "sha256";
    const hash = (text: string): string => createHash(name).update(text, "latin1").digest("hex");
    const username = this.user;
    const uri = `sip:${DOMAIN}`;
    const qop = { nc: nc.toString(16).padStart(8, "0"), cnonce: "0a4f113b" };
    const ha1 = digestSecret({ username, realm, password: this.password }, hash);
    const response = digestResponse({ ha1, method: "REGISTER", uri, nonce, qop }, hash);
    const plain = { username, realm, nonce, uri, response, algorithm, opaque: undefined, qop };
    return formatCredentials(plain);
  }
}

/** The challenge for one algorithm. */
export function challengeOf(response: SipResponse, algorithm: DigestAlgorithm): DigestChallenge {
  const challenges = headerValues(response, "www-authenticate").map(readChallenge);
  const found = challenges.find((challenge) => challenge?.algorithm === algorithm);
  if (found === undefined) throw new Error(`no ${algorithm} challenge in ${response.status}`);
  return found;
}
