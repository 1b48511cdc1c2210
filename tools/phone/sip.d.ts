/**
 * Types of the `sip` package (npm, 0.0.6, no types of its own), only of what this project uses.
 * Owns: the shapes its parser really makes. Does not own: behaviour; the package's faults and how
 * the phone lives with them are in stack.ts.
 * T1. `parse` promises nothing about which headers are there: all are optional.
 * T2. What a started instance delivers has passed the package's own check: five headers are there.
 * T3. A URI without a port has `port: NaN`; a parameter without a value is null.
 */
declare module "sip" {
  export type Params = Record<string, string | null>;

  export interface Uri {
    schema: string;
    user?: string | undefined;
    password?: string | undefined;
    host: string;
    port?: number | undefined;
    params: Params;
    headers?: Record<string, string>;
  }

  export interface NameAddr {
    name?: string | undefined;
    uri: string | Uri | undefined;
    params: Params;
  }

  export interface Via {
    version?: string;
    protocol?: string;
    host?: string;
    port?: number | undefined;
    params: Params;
  }

  export interface CSeq {
    seq: number;
    method: string;
  }

  export interface AuthHeader {
    scheme: string;
    [parameter: string]: string | undefined;
  }

  export interface Headers {
    via?: Via[];
    from?: NameAddr;
    to?: NameAddr;
    "call-id"?: string;
    cseq?: CSeq;
    contact?: NameAddr[] | string;
    route?: NameAddr[];
    "record-route"?: NameAddr[];
    "www-authenticate"?: AuthHeader[];
    "proxy-authenticate"?: AuthHeader[];
    "content-length"?: number;
    [name: string]: unknown;
  }

  export interface CheckedHeaders extends Headers {
    via: Via[];
    from: NameAddr;
    to: NameAddr;
    "call-id": string;
    cseq: CSeq;
  }

  export interface Request<H extends Headers = Headers> {
    method: string;
    uri: string | Uri;
    version?: string | undefined;
    headers: H;
    content?: string | undefined;
  }

  export interface Response<H extends Headers = Headers> {
    status: number;
    reason: string;
    version?: string | undefined;
    headers: H;
    content?: string | undefined;
  }

  export interface Flow {
    protocol: string;
    address: string;
    port: number;
    local: { address: string; port: number };
  }

  export interface Options {
    address: string;
    port: number;
    udp: boolean;
    tcp: boolean;
    logger?: {
      send?: (message: Request | Response, target: Flow) => void;
      error?: (error: unknown) => void;
    };
  }

  export interface Instance {
    send(message: Request, onResponse?: (response: Response<CheckedHeaders>) => void): void;
    send(message: Response): void;
    encodeFlowUri(flow: Flow): Uri;
    destroy(): void;
  }

  export function create(
    options: Options,
    onRequest: (request: Request<CheckedHeaders>, remote: Flow) => void,
  ): Instance;
  export function parse(data: string | Uint8Array): Request | Response | undefined;
  export function stringify(message: Request | Response): string;
  export function parseUri(uri: string | Uri | undefined): Uri | undefined;
  export function stringifyUri(uri: string | Uri): string;
  export function makeResponse<H extends Headers>(
    request: Request<H>,
    status: number,
    reason?: string,
    extension?: { headers?: Headers; content?: string },
  ): Response<H>;
  export function generateBranch(): string;
}

declare module "sip/digest.js" {
  import type { Request, Response } from "sip";

  export interface Credentials {
    user: string;
    password: string;
    realm?: string;
  }

  export function signRequest(
    context: object,
    request: Request,
    challenge: Response,
    credentials: Credentials,
  ): object | null;
}
