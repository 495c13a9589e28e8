// Finds the pack that an input names, in a store that may take another one for it.
//
// Why: stores find `''` as "the latest", compare versions as strings, and build keys out of parts that others may have, too. How: what is
// returned counts only if its key and its version are exactly those that were asked for.

import { append, Table } from '#language';
import { isObject, ownOf } from '#values';
import { compareVersions } from '../versions.js';
import { ask } from './failures.js';
import { versionsOf } from './rows.js';

const isThat = (row, packKey, version) =>
  isObject(row) && ownOf(row, 'packKey') === packKey && ownOf(row, 'version') === version;

async function getPack(call, store, packKey, version) {
  const row = await ask(call, 'store.getPack', () => store.getPack(packKey, version));
  return isThat(row, packKey, version) ? row : undefined;
}

/**
 * Returns the row of the pack, or undefined, and the versions under which an earlier result may be: that of the input, or all, in any order.
 */
export async function findPack(call, store, packKey, packVersion) {
  if (packVersion !== undefined && packVersion !== '') {
    return { row: await getPack(call, store, packKey, packVersion), versions: [packVersion] };
  }
  const rows = new Table();
  const found = await ask(call, 'store.getPack', () => store.getPack(packKey));
  if (isObject(found) && ownOf(found, 'packKey') === packKey) rows.set(ownOf(found, 'version'), found);
  for await (const row of versionsOf(call, store, packKey)) {
    const version = ownOf(row, 'version');
    if (!rows.has(version)) rows.set(version, row);
  }
  if (packVersion === '') return { row: rows.get(''), versions: [''] };
  const versions = [];
  let highest;
  rows.forEach((_, version) => {
    if (typeof version !== 'string') return;
    append(versions, version);
    if (highest === undefined || compareVersions(version, highest) > 0) highest = version;
  });
  if (highest === undefined) return { row: found ?? undefined, versions };
  const row = rows.get(highest);
  // A list may leave members out, so the pack itself is asked for.
  if (row === found) return { row, versions };
  return { row: (await getPack(call, store, packKey, highest)) ?? row, versions };
}
