// The forms of items that the command reads, by the names of files.

/** The forms of items that can be named with `--from`. */
export const FORMS = ['jsonl', 'json', 'repomix', 'repomix-xml', 'llms-txt', 'paths'];

const BY_NAME = [
  [/(^|[\\/])llms(-full)?\.txt$/i, 'llms-txt'],
  [/repomix[^\\/]*\.xml$/i, 'repomix-xml'],
  [/repomix[^\\/]*\.json$/i, 'repomix'],
  [/\.json$/i, 'json'],
];

/** Returns the form of a file by its name; standard input is JSON lines. */
export const formOf = (file) => BY_NAME.find(([pattern]) => pattern.test(file))?.[1] ?? 'jsonl';
