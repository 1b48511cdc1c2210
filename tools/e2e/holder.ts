/**
 * A holder of channels, as a controller is one: two allocators, one open stream.
 *
 * A question lives until it is answered and is asked again on every new stream; an allocator that
 * sends it away, or dies, makes it turn to the other. It asks again in the reverse order, so that an
 * allocator that forgot what another has granted would grant it to others.
 */
import type {
  AllocatorServiceClient,
  HoldRequest,
  HoldResponse,
} from "../../services/lib/wire/trunk.ts";

const RETRY_MS = 50;

/** See the file header. */
export class Holder {
  readonly #open = new Map<
    number,
    { readonly request: HoldRequest; answer(to: HoldResponse): void }
  >();
  #at = 0;
  #write: ((request: HoldRequest) => void) | null = null;
  #isDone = false;
  #isDeaf = false;
  #end: () => void = () => undefined;

  readonly #doors: readonly AllocatorServiceClient[];

  /** Asks the first door first. */
  constructor(doors: readonly AllocatorServiceClient[]) {
    this.#doors = doors;
    this.#connect();
  }

  /** The answer of the allocator that leads, whenever there is one. */
  ask(requestId: number, kind: NonNullable<HoldRequest["kind"]>): Promise<HoldResponse> {
    const request = { requestId, kind };
    return new Promise((answer) => {
      this.#open.set(requestId, { request, answer });
      this.#write?.(request);
    });
  }

  /** Whatever the present allocator still answers is lost on the way. */
  deafen(): void {
    this.#isDeaf = true;
  }

  close(): void {
    this.#isDone = true;
    this.#end();
  }

  #connect(): void {
    const door = this.#doors[this.#at % this.#doors.length];
    if (this.#isDone || door === undefined) return;
    const stream = door.hold();
    let isLost = false;
    this.#isDeaf = false;
    const lose = (): void => {
      if (isLost) return;
      isLost = true;
      this.#write = null;
      this.#at += 1;
      setTimeout(() => this.#connect(), RETRY_MS);
    };
    this.#end = () => stream.cancel();
    this.#write = (request) => void stream.write(request);
    stream.on("data", (response: HoldResponse) => {
      if (response.kind?.$case === "notLeader") return stream.cancel();
      if (this.#isDeaf) return;
      const question = this.#open.get(response.requestId);
      this.#open.delete(response.requestId);
      return question?.answer(response);
    });
    stream.on("error", lose);
    stream.on("end", lose);
    for (const { request } of [...this.#open.values()].reverse()) stream.write(request);
  }
}
