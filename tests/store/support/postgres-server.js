// Starts a PostgreSQL of Debian for one test file: a cluster of its own in a temporary folder, on a free port, stopped and removed at the end.
//
// Why its own: tests cut connections, fill up connections and change settings. How: PostgreSQL refuses to run as root, so root runs it as
// the user `postgres`, whom Debian's package creates.

import { execFile, execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { spawnOwned } from './owned.js';

const run = promisify(execFile);
const VERSIONS = '/usr/lib/postgresql';
const isRoot = process.getuid() === 0;

/** Returns the folder of the programs of PostgreSQL: Debian's newest, or the one in the path. */
export function binaries() {
  if (!existsSync(VERSIONS)) return dirname(execFileSync('which', ['initdb'], { encoding: 'utf8' }).trim());
  const [newest] = readdirSync(VERSIONS).sort((left, right) => Number(right) - Number(left));
  return join(VERSIONS, newest, 'bin');
}

/**
 * Returns a port that is free, and stays free until its server listens: it is below those that systems hand out to connections and to servers that
 * ask for any port, as all other tests do.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_240, 32_768);
    const isFree = await new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

const idOf = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
/** Returns command and arguments that run a program as a user other than root. `more` are further options of `setpriv`. */
function unprivileged(program, args, more = []) {
  return isRoot
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', ...more, program, ...args]]
    : [program, args];
}

/**
 * Starts a server.
 *
 * @param settings further settings, such as `['max_connections=10']`
 * @returns `{ port, pid, url, config, stop }`; `config` is for `pg`
 */
export async function startPostgres(settings = []) {
  const folder = mkdtempSync(join(tmpdir(), 'snapshot-pg-'));
  chmodSync(folder, 0o755);
  if (isRoot) chownSync(folder, idOf('-u'), idOf('-g'));
  const data = join(folder, 'data');
  const bin = binaries();
  const init = [
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'postgres',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
  const [initCommand, initArgs] = unprivileged(join(bin, 'initdb'), init);
  execFileSync(initCommand, initArgs, { stdio: 'pipe', cwd: folder });

  const port = await freePort();
  const options = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off', ...settings];
  const serverArgs = ['-D', data, '-p', `${port}`, ...options.flatMap((option) => ['-c', option])];
  // The fast shutdown. What it inherits of this ends with the change of user, so it is asked for again.
  const [command, args] = unprivileged(join(bin, 'postgres'), serverArgs, ['--pdeathsig=INT']);
  const server = spawnOwned(command, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder }, 'INT');
  let log = '';
  server.stderr.on('data', (chunk) => {
    log = `${log}${chunk}`.slice(-4000);
  });
  const config = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
  for (let tries = 0; ; tries++) {
    try {
      await run(join(bin, 'pg_isready'), ['-h', config.host, '-p', `${port}`, '-q']);
      break;
    } catch (error) {
      if (tries === 1200 || server.exitCode !== null)
        throw new Error(`PostgreSQL did not start: ${log}`, { cause: error });
      await sleep(50);
    }
  }
  const stop = async () => {
    // Fast shutdown: ends the sessions that are left.
    server.kill('SIGINT');
    await server.ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, pid: server.pid, url: `postgres://postgres@127.0.0.1:${port}/postgres`, config, stop };
}
