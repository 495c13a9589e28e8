// Checks the members of `context-pack.json` (FOLDER 2.1).
//
// Why apart from its reader: the Studio page checks those of dropped folders, where there is no file system. How: the first mistake is passed to the
// caller, who knows how to say where it is.

import { nfc } from './nfc.js';
import { readPattern } from './pattern.js';
import { FOLDER } from './rules.js';

/** How a file becomes the content of an item. */
const FORMS = ['text', 'json', 'digest'];
const EOL = ['lf', 'keep'];
const BINARY = ['digest', 'skip', 'refuse'];

/** Checks values of one document. */
class Checker {
  /** @param fail throws the error for a mistake: `fail(path, message)` */
  constructor(fail) {
    this.fail = fail;
    /** What all patterns stand for. */
    this.total = { patterns: 0, units: 0 };
  }

  members(value, path, known) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) this.fail(path, 'Must be an object');
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) this.fail([...path, name], `Unknown member; known are ${known.join(', ')}`);
    }
  }

  string(value, path, { isEmpty, isRequired } = {}) {
    if (value === undefined) {
      if (!isRequired) return undefined;
      this.fail(path.slice(0, -1), `Needs the member ${path.at(-1)}`);
    }
    if (typeof value !== 'string') this.fail(path, 'Must be a string');
    if (value === '' && !isEmpty) this.fail(path, 'Must not be empty');
    return value;
  }

  texts(value, path) {
    if (value === undefined) return [];
    if (!Array.isArray(value)) this.fail(path, 'Must be a list of strings');
    return value.map((one, at) => this.string(one, [...path, at], { isRequired: true }));
  }

  choice(value, path, choices) {
    if (value === undefined) return choices[0];
    if (!choices.includes(value)) this.fail(path, `Must be "${choices.join('" or "')}"`);
    return value;
  }

  pattern(value, path) {
    const text = nfc(this.string(value, path, { isRequired: true }));
    try {
      readPattern(text, false, this.total);
    } catch (error) {
      this.fail(path, error.message);
    }
    return text;
  }
}

// D2.1-1
const MEMBERS = [
  '$schema',
  '$comment',
  'folder',
  'packKey',
  'version',
  'title',
  'description',
  'owners',
  'tags',
  'include',
  'exclude',
  'eol',
  'binary',
];

/**
 * Returns the rules that a config has.
 *
 * @param value the parsed config
 * @param fail throws the error for a mistake: `fail(path, message)`
 */
export function checked(value, fail) {
  const check = new Checker(fail);
  check.members(value, [], MEMBERS);
  if (value.folder !== FOLDER) {
    check.fail(
      value.folder === undefined ? [] : ['folder'],
      `Needs "folder": "${FOLDER}", the version of the folder rules`,
    );
  }
  // D2.1-3
  const pack = {
    packKey: check.string(value.packKey, ['packKey'], { isRequired: true }),
    version: check.string(value.version, ['version'], { isRequired: true }),
    title: check.string(value.title, ['title'], { isRequired: true, isEmpty: true }),
  };
  const description = check.string(value.description, ['description'], { isEmpty: true });
  if (description !== undefined) pack.description = description;
  for (const name of ['owners', 'tags']) {
    if (value[name] !== undefined) pack[name] = check.texts(value[name], [name]);
  }
  if (!Array.isArray(value.include) || value.include.length === 0) {
    check.fail(
      value.include === undefined ? [] : ['include'],
      'Needs "include", a list of at least one rule such as { "files": "docs/**/*.md", "kind": "docblock" }',
    );
  }
  const include = value.include.map((rule, at) => {
    const path = ['include', at];
    // D2.1-2
    check.members(rule, path, ['$comment', 'files', 'kind', 'as', 'optional']);
    if (rule.optional !== undefined && typeof rule.optional !== 'boolean')
      check.fail([...path, 'optional'], 'Must be true or false');
    return {
      files: check.pattern(rule.files, [...path, 'files']),
      kind: check.string(rule.kind, [...path, 'kind'], { isRequired: true }),
      as: check.choice(rule.as, [...path, 'as'], FORMS),
      optional: rule.optional === true,
    };
  });
  if (value.exclude !== undefined && !Array.isArray(value.exclude))
    check.fail(['exclude'], 'Must be a list of patterns');
  const exclude = (value.exclude ?? []).map((pattern, at) => check.pattern(pattern, ['exclude', at]));
  return {
    pack,
    include,
    exclude,
    eol: check.choice(value.eol, ['eol'], EOL),
    binary: check.choice(value.binary, ['binary'], BINARY),
    fail,
  };
}
