/**
 * The ways in which the controller that holds a call goes: killed, frozen, asked to end. Owns: finding
 * the holder, the moment of the strike. Does not own: the call, or what must hold after it.
 *
 * ST1  Moments are facts of the API, and a frozen process cannot have heard what comes next: nothing
 *      here waits for a time to pass, save the sleep that is itself the test.
 */
import { expect } from "vitest";
import { waitFor } from "../../services/lib/testkit/wait-for.ts";
import type { Child } from "../cluster/child.ts";
import type { Service } from "../cluster/services.ts";
import type { World } from "./world.ts";

const BOUND_MS = 10_000;
/** Longest way down of a process (KK_DRAIN_MS). */
const DRAIN_MS = 10_000;
const FROZEN_MS = 3_000;

/** The only service of a kind. */
export const single = (world: World, kind: Service["kind"]): Service => {
  const [service, another] = world.cluster.of(kind);
  if (service === undefined || another !== undefined) throw new Error(`not one ${kind}`);
  return service;
};

/** Calls that a controller or edge has now. */
export const held = (world: World, { id }: Service): Promise<number> =>
  world.metric(id, "kakehashi_active_calls");

/** Events of the commit protocol that the edge has counted. */
export const protocolEvents = (world: World, event: string): Promise<number> =>
  world.metric(
    single(world, "edge").id,
    "kakehashi_call_protocol_events_total",
    `event="${event}"`,
  );

/** The controller that holds the only call. */
export const holder = (world: World): Promise<Service> =>
  waitFor(async () => {
    for (const controller of world.cluster.of("controller")) {
      if ((await held(world, controller)) === 1) return controller;
    }
    return null;
  }, "a controller holds the call");

function otherThan(world: World, controller: Service): Service {
  const other = world.cluster.of("controller").find((one) => one !== controller);
  if (other === undefined) throw new Error("two controllers are needed");
  return other;
}

/** Waits until the controller that is left has taken the call over. */
export const takenOver = (world: World, from: Service): Promise<boolean> =>
  waitFor(
    async () => (await held(world, otherThan(world, from))) === 1,
    "the other controller has the call",
  );

interface ShownCall {
  readonly phase: string;
  readonly controller: string;
  readonly legs: readonly { readonly leg: string; readonly phase: string }[];
}

/** The only live call, as the CLI shows it, once `isSo`. */
const shown = (
  world: World,
  isSo: (call: ShownCall) => boolean,
  what: string,
): Promise<ShownCall> =>
  waitFor(
    async () => {
      const { calls } = (await world.json("calls")) as { calls: readonly ShownCall[] };
      return calls.find(isSo) ?? null;
    },
    what,
    BOUND_MS,
  );

/** How the holder goes. `act` is what happens to the call next; it resolves once the edge knows. */
export type Strike = (world: World, act: () => Promise<unknown>) => Promise<unknown>;

/** Killed while nothing happens: its silence tells. */
export const killed: Strike = async (world, act) => {
  const controller = await holder(world);
  await controller.child.kill();
  await takenOver(world, controller);
  return act();
};

/** Killed before it heard of what happened: the edge had told it, and tells the next one. */
export const killedUnheard: Strike = async (world, act) => {
  const controller = await holder(world);
  controller.child.signal("SIGSTOP");
  await act();
  await controller.child.kill();
};

/** Asked to end: it gives its calls away. */
export const drained: Strike = async (world, act) => {
  const controller = await holder(world);
  const since = performance.now();
  await controller.child.stop();
  expect(performance.now() - since).toBeLessThan(DRAIN_MS);
  await takenOver(world, controller);
  return act();
};

/** Ended while the allocator owes it an answer about the landline's channel. */
export const waiting =
  (end: (controller: Child) => Promise<void>): Strike =>
  async (world, act) => {
    const allocator = single(world, "allocator").child;
    const controller = await holder(world);
    allocator.signal("SIGSTOP");
    await act();
    await shown(
      world,
      ({ legs }) => legs[1]?.phase === "reserving",
      "the landline waits for a channel",
    );
    await end(controller.child);
    allocator.signal("SIGCONT");
  };

/** Killed when all is over but for the channels, which the allocator does not take back yet. */
export const killedOwing: Strike = async (world, act) => {
  const allocator = single(world, "allocator").child;
  const controller = await holder(world);
  allocator.signal("SIGSTOP");
  await act();
  await shown(world, ({ phase }) => phase === "settling", "the call settles");
  await controller.child.kill();
  await takenOver(world, controller);
  allocator.signal("SIGCONT");
};

/** Frozen over what happens, until the other one has gone on with it; then it wakes. */
export const slept: Strike = async (world, act) => {
  const stale = await protocolEvents(world, "stale-step");
  const controller = await holder(world);
  const since = performance.now();
  controller.child.signal("SIGSTOP");
  await act();
  await takenOver(world, controller);
  await waitFor(() => performance.now() - since >= FROZEN_MS, "it slept long enough");
  controller.child.signal("SIGCONT");
  await waitFor(async () => (await protocolEvents(world, "stale-step")) > stale, "a stale step");
  await waitFor(async () => (await held(world, controller)) === 0, "the sleeper lets go", BOUND_MS);
};

/** The same while the edge sleeps too: only the allocator can tell it. */
export const sleptUntold: Strike = async (world, act) => {
  const edge = single(world, "edge").child;
  const controller = await holder(world);
  controller.child.signal("SIGSTOP");
  await act();
  await takenOver(world, controller);
  await waitFor(() => world.carrier.callsUp === 1, "the landline rings");
  edge.signal("SIGSTOP");
  controller.child.signal("SIGCONT");
  await waitFor(async () => (await held(world, controller)) === 0, "the sleeper lets go");
  expect(await world.channelsHeld()).toBe(2);
  edge.signal("SIGCONT");
};

/** Nothing happens to it. */
export const spared: Strike = async (_world, act) => act();
