// Asks git about the repository that a folder is in.

import { execFileSync } from 'node:child_process';

const MOST = 1 << 28;

/**
 * What a run of git has in its environment.
 *
 * Why: no server is asked, whose program the settings of a repository of strangers could name; older versions know only the second variable. A hook
 * of git says in the others where its repository is, as it is seen from another folder.
 */
const OWN = {
  ...{ GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: 'none' },
  ...{ GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_COMMON_DIR: undefined },
};

/** Runs a command of git that reads, without programs that the settings of a repository may name. Returns its bytes. */
export const git = (home, ...args) =>
  execFileSync('git', ['-C', home, ...args], {
    ...{ maxBuffer: MOST, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...OWN } },
  });
