// Makes the operation's input a Standard Schema 1 (https://standardschema.dev), for validators.
//
// How: `snapshotPack` itself checks the value, called by an admin without a pack, so there is one set of rules. Paths of its issues are
// texts in which names are joined with dots, and names may contain dots. Validators want a list of names, so we search for
// names that the value has, and that lead to a refused value.

import { sliceOf, Table, uncurried } from '#language';
import { received } from '#values';

const { isArray } = Array;
const { freeze, hasOwn } = Object;
const split = uncurried(String.prototype.split);
/** Maximum number of members tried for one path. Without it, names with many dots could make us try all combinations. */
const MOST_STEPS = 1000;
/** Maximum number of arrays and plain objects, nested ones included, that are checked for all paths together. */
const MOST_CONTAINERS = 5;

/** Creates the schema. The arguments are functions of the main entry, because this file must not import it. */
export function inputSchema(snapshotPack, canonicalize, SnapshotError) {
  let steps;
  /** For each value that was checked: true if it is refused. */
  let known;
  /** Number of arrays and plain objects that may still be checked. */
  let left;

  /** Returns true if a value is not a JSON value; false if it is, or if too many values were checked already. */
  function isRefused(value) {
    const earlier = known.get(value);
    if (earlier !== undefined) return earlier;
    const kind = received(value);
    if ((kind === 'array' || kind === 'object') && left-- <= 0) return false;
    let isInvalid = false;
    try {
      canonicalize(value);
    } catch {
      isInvalid = true;
    }
    known.set(value, isInvalid);
    return isInvalid;
  }

  /** Returns the names that lead to a refused value; undefined if there are none. */
  function namesTo(value, path) {
    for (let end = 0; end <= path.length && steps > 0; end++) {
      if (end < path.length && path[end] !== '.') continue;
      const name = sliceOf(path, 0, end);
      if (Object(value) !== value || !hasOwn(value, name)) continue;
      steps--;
      let rest;
      if (end < path.length) {
        rest = namesTo(value[name], sliceOf(path, end + 1));
      } else if (isRefused(value[name])) {
        rest = [];
      }
      if (rest) return [isArray(value) ? +name : name, ...rest];
    }
  }

  /** Converts an issue to one of Standard Schema. */
  function converted({ path, message }, value) {
    steps = MOST_STEPS;
    return { message, path: path ? (namesTo({ metadata: value.metadata }, path) ?? split(path, '.')) : [] };
  }

  function validate(value) {
    let isValid = false;
    const ctx = {
      actor: 'admin',
      get pack() {
        isValid = true;
        return null;
      },
    };
    try {
      snapshotPack(value, ctx);
    } catch (error) {
      if (isValid) return { value };
      if (!(error instanceof SnapshotError) || !error.issues) throw error;
      known = new Table();
      left = MOST_CONTAINERS;
      return { issues: error.issues.map((issue) => converted(issue, value)) };
    }
  }

  return freeze({ '~standard': freeze({ version: 1, vendor: 'context-snapshot', validate }) });
}
