// Makes the operation's input a Standard Schema 1 (https://standardschema.dev), for validators.
//
// How: `snapshotPack` itself checks the value, as for an admin and up to the pack, so there is one set of rules. Paths of its issues are
// texts in which names are joined with dots, and names may contain dots. Validators want a list of names, so we search for
// names that the value has, and that lead to a refused value.

import { sliceOf, Table, uncurried } from '#language';
import { received } from '#values';

const { isArray } = Array;
const { freeze, hasOwn } = Object;
const split = uncurried(String.prototype.split);
/** Most members that are tried for one path, because names could be chosen so that all combinations fit. */
const MOST_STEPS = 1000;
/** Most arrays and plain objects, nested ones included, that are checked for all paths together. */
const MOST_READ = 5;

export function inputSchema(snapshotPack, canonicalize, SnapshotError) {
  let steps;
  /** By value: true if it is refused. And the number of arrays and plain objects that may still be checked. */
  let known;
  let left;

  function isRefused(value) {
    let is = known.get(value);
    if (is !== undefined) return is;
    const kind = received(value);
    is = false;
    if ((kind === 'array' || kind === 'object') && left-- <= 0) return is;
    try {
      canonicalize(value);
    } catch {
      is = true;
    }
    known.set(value, is);
    return is;
  }

  /** Returns the names that lead to a refused value; undefined if there are none. */
  function find(value, path) {
    for (let end = 0; end <= path.length && steps > 0; end++) {
      if (end < path.length && path[end] !== '.') continue;
      const name = sliceOf(path, 0, end);
      if (Object(value) !== value || !hasOwn(value, name)) continue;
      steps--;
      let rest;
      if (end < path.length) {
        rest = find(value[name], sliceOf(path, end + 1));
      } else if (isRefused(value[name])) {
        rest = [];
      }
      if (rest) return [isArray(value) ? +name : name, ...rest];
    }
  }

  function placed({ path, message }, value) {
    steps = MOST_STEPS;
    return { message, path: path ? (find({ metadata: value.metadata }, path) ?? split(path, '.')) : [] };
  }

  function validate(value) {
    let isRight = false;
    const ctx = {
      actor: 'admin',
      get pack() {
        isRight = true;
        return null;
      },
    };
    try {
      snapshotPack(value, ctx);
    } catch (error) {
      if (isRight) return { value };
      if (!(error instanceof SnapshotError) || !error.issues) throw error;
      known = new Table();
      left = MOST_READ;
      return { issues: error.issues.map((issue) => placed(issue, value)) };
    }
  }

  return freeze({ '~standard': freeze({ version: 1, vendor: 'context-snapshot', validate }) });
}
