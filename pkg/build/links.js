// Links in the documents of the package: the package has not all that the repository has.

import { dirname, join } from 'node:path/posix';

/** What has another place in the package than in the repository. */
const MOVED = [[/^pkg\/src\/(\w+)\.d\.ts$/, 'dist/$1.d.ts']];
const LINK = /(!?)\[([^\]]*)\]\(([^()\s]+)\)/g;

/**
 * The text of a document as it is packed: a link to a file that is elsewhere in the package leads there, one to a file that is
 * not in the package is its text alone, and a picture is left out.
 *
 * @param file path of the document, in the repository and in the package
 * @param packed paths of the files that are in the package under the same name
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
  // Programs stay as they are.
  return text
    .split(/^(```.*\n[\s\S]*?^```$)/m)
    .map((part, at) => (at % 2 === 0 ? part.replace(LINK, adapt) : part))
    .join('');
}
