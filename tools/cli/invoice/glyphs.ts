/**
 * Which characters a TrueType font can draw, and text that it draws whole.
 *
 * G1  A character without a glyph is shown as 〓 and told, never left out.
 */

const CMAP = 0x63_6d_61_70;
const SEGMENTED_COVERAGE = 12;
const GETA = "〓";
const VARIATION_SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;

/** Tells whether the font has a glyph for a code point. */
export type HasGlyph = (codePoint: number) => boolean;

/** Reads the font's character map (OpenType `cmap`, format 12); null when it has none. */
export function glyphsOf(font: Uint8Array): HasGlyph | null {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const map = tableAt(view, CMAP);
  if (map === null) return null;
  for (let place = 0; place < view.getUint16(map + 2); place += 1) {
    const table = map + view.getUint32(map + 4 + place * 8 + 4);
    if (view.getUint16(table) === SEGMENTED_COVERAGE) return segmentsAt(view, table);
  }
  return null;
}

/** Offset of a table in the font's directory. */
function tableAt(view: DataView, tag: number): number | null {
  for (let place = 0; place < view.getUint16(4); place += 1) {
    const entry = 12 + place * 16;
    if (view.getUint32(entry) === tag) return view.getUint32(entry + 8);
  }
  return null;
}

function segmentsAt(view: DataView, table: number): HasGlyph {
  const segments = Array.from({ length: view.getUint32(table + 12) }, (_, place) => {
    const at = table + 16 + place * 12;
    return [view.getUint32(at), view.getUint32(at + 4)] as const;
  });
  return (codePoint) => segments.some(([from, to]) => from <= codePoint && codePoint <= to);
}

/** Text with every character drawable, and the characters that are not as they were written. */
export interface DrawableText {
  readonly text: string;
  readonly replaced: readonly string[];
}

/** See G1. Line breaks stay; of a variant (漢字の異体字) the ordinary form is drawn, and it is told. */
export function drawable(text: string, hasGlyph: HasGlyph): DrawableText {
  const composed = text.normalize("NFC").replaceAll("\r\n", "\n");
  const replaced: string[] = composed.match(VARIATION_SELECTORS) ?? [];
  const characters = Array.from(composed.replace(VARIATION_SELECTORS, ""), (character) => {
    if (character === "\n" || hasGlyph(character.codePointAt(0) ?? 0)) return character;
    replaced.push(character);
    return GETA;
  });
  return { text: characters.join(""), replaced };
}
