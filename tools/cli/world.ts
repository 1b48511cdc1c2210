/** All that a command touches besides the services: passed in, so that tests can look at it. */

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The demo cluster's addresses as `make run` wrote them; null when there is no such file. */
  readonly readDemoAddresses: () => string | null;
  /** Text of a file, `-` for standard input; an Error when it cannot be read. */
  readonly readText: (path: string) => Promise<string | Error>;
  /** Makes a file, or what it was anew; an Error when it cannot be written. */
  readonly save: (path: string, output: string | Uint8Array) => Promise<Error | null>;
  readonly write: (output: string | Uint8Array) => void;
  readonly complain: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Columns of the terminal; null when the output is no terminal. */
  readonly columns: () => number | null;
}
