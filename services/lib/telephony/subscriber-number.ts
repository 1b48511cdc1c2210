/**
 * Numbers that no outside leg may reach, or show, whatever the order says (DOMAIN 3.1, 3.3, 4.5). Owns:
 * the part of the table that the digits alone decide. Does not own: which of the allowed ranges are in
 * use, who may call abroad (numbering plan of the registry, contract). A controller asks when it plans
 * a call, an edge again when it builds the leg.
 *
 * FN1  An allow-list: in Japan nine digits of a place, or ten of a mobile or IP telephone, stand after
 *      +81. Emergency, service, toll-free, premium, message, machine and carrier-selection numbers have
 *      another length or one of the leading digits below.
 * FN2  It never refuses what the numbering plan calls landline, mobile or IP telephone.
 */
import type { E164 } from "./e164.ts";

/** 0AB-J: no 0 behind the first digit, so 020, 0x0 and the carriers' 00XY are out. */
const PLACE = /^\+81[1-9][1-9][0-9]{7}$/;
/** 050, 060, 070, 080, 090 with C not 0: 0600 and 0800 are out. */
const MOBILE_OR_IP = /^\+81[5-9]0[1-9][0-9]{7}$/;
/** From 7 digits: Niue and Tokelau have four behind their country code. */
const FOREIGN = /^\+(?!81)[1-9][0-9]{6,14}$/;
/** 0120 toll-free, 0170 and 0180 messages, 0570 Navi-dial, 0990 premium, 091 special access. */
const SERVICES = ["+81120", "+81170", "+81180", "+81570", "+81990", "+8191"] as const;

/** True for a number that a leg may reach or show: of a place, a mobile or an IP telephone. */
export function isSubscriberNumber(number: E164): boolean {
  if (FOREIGN.test(number) || MOBILE_OR_IP.test(number)) return true;
  return PLACE.test(number) && !SERVICES.some((service) => number.startsWith(service));
}
