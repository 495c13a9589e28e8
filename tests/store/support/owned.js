// Starts processes that end with this one, whatever ends it.
//
// Why: a test that is killed runs no handler, and would leave servers and workers behind. How: Linux sends a signal to a child when its parent
// dies, if `setpriv` of util-linux has asked for it. Elsewhere, only an orderly end stops the child.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/** Starts a program like `spawn`, and sends it a signal at the end of this process. Its `ended` is a promise. */
export function spawnOwned(program, args, options, signal = 'KILL') {
  const child = existsSync(SETPRIV)
    ? spawn(SETPRIV, [`--pdeathsig=${signal}`, program, ...args], options)
    : spawn(program, args, options);
  child.ended = new Promise((resolve) => {
    child.once('exit', resolve).once('error', resolve);
  });
  const kill = () => child.kill(`SIG${signal}`);
  process.once('exit', kill);
  child.ended.then(() => process.off('exit', kill));
  return child;
}
