/**
 * What the lists of a company need and a contract does not hold (DOMAIN R18 to R20, R23, 3.1). Judged
 * here once; check-contract.ts tells it as faults, coming-skips.ts as warnings.
 *
 * F1  Outside targets are judged where they are configured (A10), in and out of hours alike.
 * F2  A part that is not bought is the only shortfall of its lists' limits: nothing is counted then.
 */
import type { ContractContent } from "../../../lib/telephony/contract.ts";
import { destinationLimit, type Forwarder } from "../../../lib/telephony/destination-limit.ts";
import { type E164, nationalForm } from "../../../lib/telephony/e164.ts";
import type { RouteTarget } from "../../../lib/telephony/route-snapshot.ts";
import type { LimitExcess, Part } from "./check-faults.ts";
import type { CompanyDraft } from "./draft.ts";
import { forwarderTargets } from "./forwarders.ts";
import { isAbroad } from "./numbering.ts";
import { type Path, type Placed, values } from "./reading.ts";

/** One outside target that the contract does not allow, or the first of several beyond a limit. */
export type Shortfall =
  | { readonly kind: "part"; readonly path: Path; readonly part: Part }
  | { readonly kind: "abroad"; readonly path: Path; readonly number: E164 }
  | { readonly kind: "limit"; readonly path: Path; readonly excess: LimitExcess };

/** An outside target of a list, and the part of the option that the list belongs to. */
interface OutsideTarget {
  readonly path: Path;
  readonly number: E164;
  readonly part: Part;
}

const outside = (targets: readonly Placed<RouteTarget>[], part: Part): readonly OutsideTarget[] =>
  targets.flatMap(({ path, value }) =>
    value.kind === "outside" ? [{ path: [...path, "outside"], number: value.number, part }] : [],
  );

/** Every outside target of a company, list by list. */
export function outsideTargets(company: CompanyDraft): readonly OutsideTarget[] {
  return [
    ...values(company.numbers).flatMap(({ outOfHours }) =>
      outOfHours?.kind === "relay" ? outside(outOfHours.relay.targets, "terminalForwarding") : [],
    ),
    ...values(company.terminals).flatMap(({ relay }) =>
      outside(relay?.targets ?? [], "terminalForwarding"),
    ),
    ...values(company.groups).flatMap(({ targets }) =>
      outside(targets, "representativeForwarding"),
    ),
  ];
}

/** A forwarder with the places of its destinations, in order. */
interface Account {
  readonly forwarder: Forwarder;
  readonly places: readonly Path[];
}

/** The outside targets of a list, each number with the place where it stands first (A6). */
function placesOf(targets: readonly Placed<RouteTarget>[]): ReadonlyMap<E164, Path> {
  const places = new Map<E164, Path>();
  for (const { path, value } of targets) {
    if (value.kind === "outside" && !places.has(value.number)) {
      places.set(value.number, [...path, "outside"]);
    }
  }
  return places;
}

function accountsOf({ numbers, terminals, groups }: CompanyDraft): readonly Account[] {
  const forwarders = forwarderTargets({
    numbers: values(numbers),
    terminals: values(terminals),
    groups: values(groups),
  });
  return forwarders.flatMap(({ targets, ...forwarder }) => {
    const places = placesOf(targets);
    if (places.size === 0) return [];
    const destinations = [...places.keys()];
    return [{ forwarder: { ...forwarder, destinations }, places: [...places.values()] }];
  });
}

/** The shortfalls of a company under a contract, null for none: the lists are gone through once. */
export function shortfallsOf(
  company: CompanyDraft,
): (content: ContractContent | null) => readonly Shortfall[] {
  const targets = outsideTargets(company);
  const accounts = accountsOf(company);
  return (content) => [
    ...targets.flatMap((target) => partShortfall(target, content)),
    ...(content === null ? [] : targets.flatMap((target) => abroadShortfall(target, content))),
    ...(content === null ? [] : limitShortfalls(accounts, content)),
  ];
}

const partShortfall = (
  { path, part }: OutsideTarget,
  content: ContractContent | null,
): readonly Shortfall[] => (content?.[part] === true ? [] : [{ kind: "part", path, part }]);

const abroadShortfall = (
  { path, number }: OutsideTarget,
  { internationalForwarding }: ContractContent,
): readonly Shortfall[] =>
  internationalForwarding || !isAbroad(number) ? [] : [{ kind: "abroad", path, number }];

function limitShortfalls(
  accounts: readonly Account[],
  content: ContractContent,
): readonly Shortfall[] {
  const addOns = new Map(content.addOns.map((addOn) => [addOn.number, addOn]));
  return accounts.flatMap(({ forwarder, places }): readonly Shortfall[] => {
    const { owner, addOnNumber, destinations } = forwarder;
    const isNumber = owner.kind === "number";
    if (!content[isNumber ? "representativeForwarding" : "terminalForwarding"]) return [];
    // Only the add-ons of this number: a company may have thousands.
    const addOn = addOnNumber === null ? undefined : addOns.get(addOnNumber);
    const own = { ...content, addOns: addOn === undefined ? [] : [addOn] };
    const limit = destinationLimit(forwarder, own);
    const path = places[limit];
    if (path === undefined) return [];
    const excess = {
      name: isNumber ? nationalForm(owner.number) : owner.extension,
      kind: owner.kind,
      destinations: destinations.length,
      limit,
      addOnNumber: addOnNumber && nationalForm(addOnNumber),
    };
    return [{ kind: "limit", path, excess }];
  });
}
