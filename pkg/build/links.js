// Adapts the links in the packed documents, because the package does not contain every file of the repository.

import { dirname, join } from 'node:path/posix';

/** Files that have another path in the package than in the repository. */
const MOVED = [[/^pkg\/src\/(\w+)\.d\.ts$/, 'dist/$1.d.ts']];
const LINK = /(!?)\[([^\]]*)\]\(([^()\s]+)\)/g;

/**
 * Returns the text of a document for the package. Links to files with another path are changed. A link to a file that is not in the
 * package is replaced by its text, and such a picture is removed.
 *
 * @param file path of the document, in the repository and in the package
 * @param packed the files that have the same path in the package
 */
export function packedText(text, file, packed) {
  const adapt = (whole, isPicture, words, target) => {
    const [path, anchor] = target.split('#');
    if (path === '' || /^[a-z]+:/.test(path)) return whole;
    const own = join(dirname(file), path);
    if (packed.has(own)) return whole;
    const moved = MOVED.find(([from]) => from.test(own));
    if (moved === undefined) return isPicture ? '' : words;
    const up = '../'.repeat(file.split('/').length - 1);
    const to = up + own.replace(moved[0], moved[1]);
    return `[${words}](${anchor === undefined ? to : `${to}#${anchor}`})`;
  };
  // Code blocks stay unchanged.
  return text
    .split(/^(```.*\n[\s\S]*?^```$)/m)
    .map((part, at) => (at % 2 === 0 ? part.replace(LINK, adapt) : part))
    .join('');
}
