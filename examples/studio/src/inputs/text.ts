// Decodes files strictly: a text with replacement characters would be another text.

/** Returns the text as it is, with a byte-order mark if it has one; undefined if it is not UTF-8. */
export function decoded(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
