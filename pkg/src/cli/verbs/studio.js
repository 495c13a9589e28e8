// `studio`: shows a folder, its lock and its history in a page, until Ctrl-C.
//
// How: the page is in the package. It is served on the loopback interface, together with what it asks of the folder. No browser is started: the
// address would be an argument of its process, which every user of the machine may read.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../failure.js';
import { findFolder } from '../folder/home.js';
import { LOCK } from '../folder/paths.js';
import { startServer } from './loopback.js';
import { dataOf, wholeLock } from './served.js';

/** The built page, from the scripts of the verbs. */
const PAGE = fileURLToPath(new URL('../studio', import.meta.url));

export async function studio(dir, { port = 0, json }, terminal) {
  const home = findFolder(dir, [LOCK]);
  // What cannot be shown is said now.
  wholeLock(home);
  const data = dataOf(home, (text) => terminal.note(text));
  const table = new Map(Object.entries(data).map(([name, read]) => [`data/${name}`, read]));
  for (const [name, bytes] of pageFiles()) table.set(name === 'index.html' ? '' : name, () => bytes);
  const { address, stop } = await startServer(table, port);
  const ended = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  terminal.note('Open this address in a browser; who has it can read the folder. Ctrl-C ends it.');
  if (json) terminal.json({ type: 'studio', address });
  else terminal.out(address);
  await ended;
  stop();
  return EXIT.yes;
}

/** Returns the names and contents of the page's files. */
const pageFiles = () =>
  readdirSync(PAGE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((file) => [relative(PAGE, file).split(sep).join('/'), readFileSync(file)]);
