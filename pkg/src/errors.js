// The entry `./errors`: the class of errors alone, 2 kB, for code that throws or catches errors but makes no snapshot.

export { SnapshotError } from '#snapshot-error';
