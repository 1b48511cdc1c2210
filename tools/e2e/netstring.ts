/** Netstrings, `<length>:<bytes>,`: how baresip's control connection frames its JSON. */

const LENGTH_DIGITS_MAX = 7;

/** A reader that takes bytes as they arrive and gives each whole text; throws on broken framing. */
export function readNetstrings(onText: (text: string) => void): (part: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (part) => {
    pending = Buffer.concat([pending, part]);
    for (;;) {
      const colon = pending.indexOf(":");
      if (colon < 0 && pending.length <= LENGTH_DIGITS_MAX) return;
      const digits = pending.subarray(0, Math.max(0, colon)).toString("latin1");
      if (!/^\d{1,7}$/.test(digits))
        throw new Error(`no netstring: ${pending.toString("latin1", 0, 40)}`);
      const end = colon + 1 + Number(digits);
      if (pending.length <= end) return;
      onText(pending.subarray(colon + 1, end).toString("utf8"));
      pending = pending.subarray(end + 1);
    }
  };
}
