// Asks git about the repository that a folder is in.

import { execFileSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';

const MOST = 1 << 28;

/** Where a repository is, and its parts. A hook of git says so for its own repository, as it is seen from another folder. */
const PLACES =
  'DIR WORK_TREE COMMON_DIR OBJECT_DIRECTORY ALTERNATE_OBJECT_DIRECTORIES INDEX_FILE NAMESPACE SHALLOW_FILE GRAFT_FILE REPLACE_REF_BASE'.split(
    ' ',
  );

/** What differs in the environment. No server is asked, whose program a repository of strangers could name; older versions know only the second. */
const OWN = {
  ...{ GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: 'none' },
  ...Object.fromEntries(PLACES.map((name) => [`GIT_${name}`, undefined])),
};

/**
 * Runs a command of git that reads, without programs that the settings of a repository may name. Returns its bytes.
 *
 * Git is looked for from the folder of Node.js: Windows looks into the current folder first, where a repository of strangers may have a `git.exe`.
 */
export const git = (home, ...args) =>
  execFileSync('git', ['-C', resolve(home), ...args], {
    cwd: dirname(process.execPath),
    ...{ maxBuffer: MOST, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...OWN } },
  });
