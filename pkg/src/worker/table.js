// Sorts, filters and searches the rows of a list.

/** Most rows of a page. */
const MOST_ROWS = 1000;
/** Most UTF-16 units of a text in a row. */
const MOST_TEXT = 1000;

const compare = (left, right) => (left < right ? -1 : left > right ? 1 : 0);
/** Returns a comparison by UTF-16 units, as in the tree. Rows that are not items come last. */
const byText = (of) => (left, right) =>
  compare(of(left) === undefined, of(right) === undefined) || compare(of(left), of(right));
const NAMES = [({ kind }) => kind, ({ sourceKey }) => sourceKey, ({ sourceVersion }) => sourceVersion ?? ''].map(
  byText,
);
/** Compares by kind, key and version of the source. */
export const bySource = (left, right) => NAMES.reduce((order, by) => order || by(left, right), 0);
const ORDERS = new Map([
  ['position', undefined],
  ['itemId', byText(({ itemId }) => itemId)],
  ['kind', byText(({ kind }) => kind)],
  ['source', bySource],
  ['bytes', (left, right) => left.bytes - right.bytes],
  ['digest', byText(({ digest }) => digest)],
]);

/** The latest order of each list, because pages of the same query follow each other. */
const latest = new WeakMap();

/** Returns a page of a list. */
export function page(list, query = {}) {
  const { from = 0, count = 100, ...which } = query;
  const positions = select(list, which);
  const first = Math.max(0, Math.floor(from));
  const last = first + Math.min(Math.max(0, count), MOST_ROWS);
  const rows = positions.slice(first, last).map((position) => shown(list, position));
  return { total: positions.length, from: first, rows };
}

/** Returns the positions of the rows of a query, in its order. */
function select(list, query) {
  const { sort = 'position', descending, kind, sourceKey, search, problems } = query;
  const key = JSON.stringify(query);
  if (latest.get(list)?.key === key) return latest.get(list).positions;
  if (!ORDERS.has(sort)) throw new RangeError(`Rows cannot be sorted by ${sort}`);
  const { rows } = list;
  const text = search?.toLowerCase();
  const has = (value) => value?.toLowerCase().includes(text);
  const positions = [];
  for (const [position, row] of rows.entries()) {
    if (kind !== undefined && row.kind !== kind) continue;
    if (sourceKey !== undefined && row.sourceKey !== sourceKey) continue;
    if (problems && problemOf(list, position) === undefined) continue;
    if (text && ![row.itemId, row.kind, row.sourceKey, row.sourceVersion, row.digest, row.text].some(has)) continue;
    positions.push(position);
  }
  const order = ORDERS.get(sort);
  if (order !== undefined) positions.sort((left, right) => order(rows[left], rows[right]));
  if (descending) positions.reverse();
  latest.set(list, { key, positions });
  return positions;
}

/** Returns a row as the page gets it. */
export function shown(list, position) {
  const { row, itemId, kind, sourceKey, sourceVersion, bytes, digest } = list.rows[position];
  const problem = problemOf(list, position);
  const texts = { itemId, kind, sourceKey, sourceVersion, problem };
  for (const [name, text] of Object.entries(texts)) texts[name] = text === undefined ? text : cut(text);
  return { row, position, ...texts, bytes, digest };
}

function problemOf(list, position) {
  const { itemId, problem } = list.rows[position];
  if (itemId === undefined) return problem;
  const first = list.byId.get(itemId);
  return first === position ? undefined : `Duplicate itemId, which items.${first} has as well`;
}

/** Leaves out the middle of a long text. */
function cut(text) {
  if (text.length <= MOST_TEXT) return text;
  const half = (MOST_TEXT - 1) >> 1;
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
