// Makes the disk one that ignores case, as those of macOS and Windows do: `node --import`.
//
// How: functions of `node:fs` get the names that are on the disk, also behind links. As Node.js documents it, `realpathSync` leaves names as they were
// written, and `realpathSync.native` returns those on the disk.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, resolve } from 'node:path';

const { existsSync, lstatSync, openSync, readdirSync, readlinkSync, statSync } = fs;

/** Returns a path without links, as it is `written` and as it is on the `disk`. @param follows a link at its end, too */
function found(path, follows = true) {
  let [written, disk] = ['/', '/'];
  const names = resolve(path).split('/').filter(Boolean);
  for (const [at, name] of names.entries()) {
    const isSame = (one) => one.toLowerCase() === name.toLowerCase();
    const there = statSync(disk, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(disk) : [];
    const entry = join(disk, there.includes(name) ? name : (there.find(isSame) ?? name));
    const isLast = at === names.length - 1;
    if ((follows || !isLast) && lstatSync(entry, { throwIfNoEntry: false })?.isSymbolicLink()) {
      const target = resolve(written, readlinkSync(entry));
      return found(join(target, ...names.slice(at + 1)), follows);
    }
    [written, disk] = [join(written, name), entry];
  }
  return { written, disk };
}

const onDisk =
  (use, follows = true) =>
  (path, ...others) =>
    use(typeof path === 'string' ? found(path, follows).disk : path, ...others);
Object.assign(fs, { existsSync: onDisk(existsSync), openSync: onDisk(openSync), statSync: onDisk(statSync) });
fs.lstatSync = onDisk(lstatSync, false);
fs.realpathSync = (path) => {
  const { written, disk } = found(path);
  statSync(disk);
  return written;
};
fs.realpathSync.native = (path) => found(path).disk;
syncBuiltinESMExports();
