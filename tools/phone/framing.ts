/**
 * Cuts a SIP stream into messages for the log (RFC 3261 18.3: Content-Length ends a message).
 * Owns: one connection's unfinished text. Does not own: parsing; the `sip` package frames the stream
 * for itself, this copy only keeps what the wire carried.
 * F1. Bounded: more than 256 kB without a whole message is given up, and the log says nothing more
 *     of that read.
 */
const UNFINISHED_MAX = 262_144;

/** Makes a function that takes latin1 text as it arrives and gives the messages now complete. */
export function createSplitter(): (chunk: string) => readonly string[] {
  let unfinished = "";
  return (chunk) => {
    unfinished += chunk;
    const messages: string[] = [];
    for (;;) {
      unfinished = unfinished.replace(/^[\r\n]+/, "");
      const end = messageEnd(unfinished);
      if (end === null) break;
      messages.push(unfinished.slice(0, end));
      unfinished = unfinished.slice(end);
    }
    if (unfinished.length > UNFINISHED_MAX) unfinished = "";
    return messages;
  };
}

function messageEnd(text: string): number | null {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const length = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,7})/im.exec(text.slice(0, headEnd));
  const end = headEnd + 4 + Number(length?.[1] ?? 0);
  return text.length >= end ? end : null;
}
