/** A fault in a file that a person wrote: where, and what is wrong, in both languages of its readers. */
export interface FileFault {
  /** From 1; 0 = the file as a whole. */
  readonly line: number;
  /** Column of a table, or path in a document. */
  readonly place: string;
  readonly message: string;
  readonly messageJa: string;
}
