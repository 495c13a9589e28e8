// Checks the shape of a manifest (FORMAT 3), closed as FORMAT 11 requires, and of a pack as a store returns it.

import * as shape from './shapes.js';

const FORMAT = 'context.pack.snapshot/v1';

function format(report, path, value) {
  const text = shape.string(report, path, value);
  if (text === undefined || text === FORMAT) return text;
  return report(shape.different(path, FORMAT, text));
}

/** Returns the checks of a pack's members. `may` marks optional ones: `?`, or `??` if null counts as absent. */
function ofPack(may, isClosed) {
  const source = (report, path, value) => {
    const given = shape.object(report, path, value);
    if (given === undefined) return undefined;
    const checks = {
      ...{ kind: shape.name, key: shape.name, [`version${may}`]: shape.string },
      ...{ [`required${may}`]: shape.boolean, [`description${may}`]: shape.string },
    };
    return shape.whole(report, path, given, checks, isClosed);
  };
  return {
    ...{ packKey: shape.name, version: shape.string, title: shape.string, [`description${may}`]: shape.string },
    ...{ [`owners${may}`]: shape.list(shape.string), [`tags${may}`]: shape.list(shape.string) },
    [`sources${may}`]: shape.list(source),
  };
}

function packOf(may, isClosed) {
  return (report, path, value) => {
    const given = shape.object(report, path, value);
    return given && shape.whole(report, path, given, ofPack(may, isClosed), isClosed);
  };
}
/** Checks a pack passed beside the record: null counts as absent, unknown members are ignored. */
export const storedPack = packOf('??', false);

/** Checks a manifest; returns undefined if anything in it is wrong. */
export function manifest(report, path, value) {
  const given = shape.object(report, path, value);
  const checks = { format, itemCount: shape.count, itemsRoot: shape.digest, pack: packOf('?', true) };
  return given && shape.whole(report, path, given, checks, true);
}
