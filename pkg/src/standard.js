// Makes the operation's input a Standard Schema 1 (https://standardschema.dev), for validators.
//
// How: `snapshotPack` itself checks the value, called by an admin without a pack, so there is one set of rules. Paths of its issues are
// texts in which names are joined with dots, and names may contain dots. Validators want a list of names, so we search for
// names that the value has, and that lead to a refused value.

import { append, sliceOf, uncurried } from '#language';
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
  /** Number of arrays and plain objects that may still be checked. */
  let left;

  /** Returns true if a value is not a JSON value; false if it is, or if too many values were checked already. */
  function isRefused(value) {
    const kind = received(value);
    if ((kind === 'array' || kind === 'object') && left-- <= 0) return false;
    try {
      canonicalize(value);
    } catch {
      return true;
    }
    return false;
  }

  /** Returns the names that lead to a refused value; undefined if there are none. */
  function namesTo(value, path) {
    for (let end = 0; end <= path.length && steps > 0; end++) {
      const next = path[end];
      if (next && next !== '.') continue;
      const name = sliceOf(path, 0, end);
      if (Object(value) !== value || !hasOwn(value, name)) continue;
      steps--;
      const part = value[name];
      const rest = next ? namesTo(part, sliceOf(path, end + 1)) : isRefused(part) && [];
      if (rest) return [isArray(value) ? +name : name, ...rest];
    }
  }

  /** Returns the value, or issues in the form of Standard Schema. */
  function validate(value) {
    let isValid = false;
    const ctx = {
      actor: 'admin',
      get pack() {
        isValid = true;
        return undefined;
      },
    };
    try {
      snapshotPack(value, ctx);
    } catch (error) {
      if (isValid) return { value };
      const found = error?.issues;
      if (!(error instanceof SnapshotError) || !found) throw error;
      left = MOST_CONTAINERS;
      const issues = [];
      // Not by a method, which may be patched.
      for (let at = 0; at < found.length; at++) {
        const { path, message } = found[at];
        steps = MOST_STEPS;
        const names = path ? (namesTo({ metadata: value.metadata }, path) ?? split(path, '.')) : [];
        append(issues, { message, path: names });
      }
      return { issues };
    }
  }

  return freeze({ '~standard': freeze({ version: 1, vendor: 'context-snapshot', validate }) });
}
