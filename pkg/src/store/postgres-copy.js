// Rows in the binary format of PostgreSQL's COPY, in chunks: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
//
// Why binary: the server then copies a text as it is. In the other formats, it looks at each character twice, for the ends of lines and of
// fields. Nothing is escaped, so any text is safe. A text that is read is not decoded: a verifier takes its bytes.

/** Bytes of a chunk, unless one row has more. */
const CHUNK = 2 ** 16;
/** The signature, no flags, and no extension, in Latin-1. */
const HEADER = 'PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0';
const TRAILER = '\xff\xff';
/** What the trailer has in place of a number of fields. */
const NO_MORE = -1;
const NULL = -1;
/** Microseconds between the epochs of JavaScript and of PostgreSQL. */
const EPOCH = 946_684_800_000_000n;

// Each writer takes the buffer, the place of the field's length, and a value. It returns the place behind the field.

const encoded = (encoding) => (buffer, at, value) => {
  const size = buffer.write(value, at + 4, encoding);
  buffer.writeInt32BE(size, at);
  return at + 4 + size;
};
const wide = (buffer, at, value) => buffer.writeBigInt64BE(value, buffer.writeInt32BE(8, at));

/** The types of columns. */
export const COLUMN = {
  text: encoded('utf8'),
  /** Bytes, from their hexadecimal digits. */
  bytea: encoded('hex'),
  int: (buffer, at, value) => buffer.writeInt32BE(value, buffer.writeInt32BE(4, at)),
  /** A whole number up to 2^53. Not through a BigInt: for the rows of links, that takes twice as long. */
  bigint: (buffer, at, value) => {
    const low = buffer.writeInt32BE(Math.floor(value / 2 ** 32), buffer.writeInt32BE(8, at));
    return buffer.writeUInt32BE(value >>> 0, low);
  },
  /** A time in ISO 8601, or null. */
  time: (buffer, at, value) =>
    value === null ? buffer.writeInt32BE(NULL, at) : wide(buffer, at, BigInt(Date.parse(value)) * 1000n - EPOCH),
};

/** Returns enough bytes for a value, whatever its type. */
const roomOf = (value) => 12 + (typeof value === 'string' ? Buffer.byteLength(value) : 0);

/**
 * Writes rows.
 *
 * @param columns types of the columns, of `COLUMN`
 * @param rows lists of as many values
 * @returns chunks, each in memory of its own, because it may be sent later
 */
export function* binaryRows(columns, rows) {
  yield Buffer.from(HEADER, 'latin1');
  let buffer = Buffer.alloc(0);
  let at = 0;
  for (const row of rows) {
    let room = 2;
    for (const value of row) room += roomOf(value);
    if (at + room > buffer.length) {
      if (at > 0) yield buffer.subarray(0, at);
      buffer = Buffer.allocUnsafe(Math.max(CHUNK, room));
      at = 0;
    }
    at = buffer.writeInt16BE(columns.length, at);
    for (let column = 0; column < columns.length; column++) at = columns[column](buffer, at, row[column]);
  }
  if (at > 0) yield buffer.subarray(0, at);
  yield Buffer.from(TRAILER, 'latin1');
}

/**
 * Reads what the server sends in one message: the header, a row, or the trailer. The header may be in front of one of the others. Throws for
 * anything else, so that no row is passed over.
 *
 * @param columns number of fields in a row
 * @returns the values, null or text, except for the first: its bytes, in the memory of the message. Undefined if there is no row
 */
export function valuesIn(message, columns) {
  let at = message[0] === HEADER.charCodeAt(0) ? HEADER.length : 0;
  if (at === message.length) return undefined;
  const fields = message.readInt16BE(at);
  at += 2;
  if (fields === NO_MORE && at === message.length) return undefined;
  const values = [];
  while (values.length < columns && at + 4 <= message.length) {
    const size = message.readInt32BE(at);
    const from = at + 4;
    at = size < NULL ? Number.NaN : from + Math.max(size, 0);
    if (size === NULL) values.push(null);
    else values.push(values.length === 0 ? message.subarray(from, at) : message.toString('utf8', from, at));
  }
  if (fields !== columns || values.length !== columns || at !== message.length)
    throw new Error('The server sent rows of a COPY in a form that is not known');
  return values;
}
