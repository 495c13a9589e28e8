// Reads `context-pack.json` of a dropped folder (FOLDER 2).
//
// Why not the reader of the command: it says what is wrong with each member and where, for files on a disk, and is larger than the page may become. How:
// members that are unknown, and values that would be ignored, are refused by name. Patterns are refused where they are compiled, and wrong members of
// the pack are problems of the preview, which then has no hash.

import { compiled, FOLDER } from '../../../../pkg/src/cli/folder/rules.js';
import { texts } from '../texts.ts';

type Config = Parameters<typeof compiled>[0];
type Path = readonly (string | number)[];

// FOLDER D2.1-1
const PACK = ['packKey', 'version', 'title', 'description', 'owners', 'tags'];
const MEMBERS = [...PACK, '$schema', '$comment', 'folder', 'include', 'exclude', 'eol', 'binary'];
// FOLDER D2.1-2
const RULE = ['$comment', 'files', 'kind', 'as', 'optional'];

function refuse(path: Path): never {
  throw new Error(texts.folder.config(path.join('.')));
}

/** Refuses an object with members that are not known, and everything else. */
function only(known: readonly string[], value: unknown, path: Path): void {
  if (value === null || typeof value !== 'object') refuse(path);
  for (const name of Object.keys(value)) if (!known.includes(name)) refuse([...path, name]);
}

/** Returns the rules of a parsed config. @throws Error that says which member is wrong */
export function configOf(value: unknown): ReturnType<typeof compiled> {
  only(MEMBERS, value, []);
  const config = value as Config & Config['pack'] & Readonly<Record<string, unknown>>;
  const { folder, include, exclude = [], eol = 'lf', binary = 'digest' } = config;
  const choose = (one: unknown, of: readonly unknown[], path: Path) => of.includes(one) || refuse(path);
  choose(folder, [FOLDER], ['folder']);
  choose(eol, ['lf', 'keep'], ['eol']);
  choose(binary, ['digest', 'skip', 'refuse'], ['binary']);
  if (!Array.isArray(include) || include.length === 0) refuse(['include']);
  if (!Array.isArray(exclude)) refuse(['exclude']);
  for (const [at, rule] of include.entries()) {
    const path = ['include', at];
    only(RULE, rule, path);
    choose(rule.as, [undefined, 'text', 'json', 'digest'], [...path, 'as']);
    choose(rule.optional, [undefined, true, false], [...path, 'optional']);
    if (typeof rule.kind !== 'string' || rule.kind === '') refuse([...path, 'kind']);
  }
  const normal = (pattern: string) => pattern.normalize('NFC');
  return compiled({
    pack: Object.fromEntries(PACK.flatMap((name) => (name in config ? [[name, config[name]]] : []))) as never,
    include: include.map((rule) => ({ ...rule, files: normal(rule.files) })),
    exclude: exclude.map(normal),
    eol,
    binary,
  });
}
