// Starts processes that end with this one, whatever ends it.
//
// Why: a test that is killed runs no handler, and would leave servers and workers behind. How: Linux kills a child when its parent dies, if
// `setpriv` of util-linux has asked for it. Elsewhere, only an orderly end stops the child.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/** Starts a program like `spawn`. Its `ended` is a promise. */
export function spawnOwned(program, args, options) {
  const child = existsSync(SETPRIV)
    ? spawn(SETPRIV, ['--pdeathsig=KILL', program, ...args], options)
    : spawn(program, args, options);
  child.ended = new Promise((resolve) => {
    child.once('exit', resolve).once('error', resolve);
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.ended.then(() => process.off('exit', kill));
  return child;
}
