// The entry `./errors`: the class of errors by itself, a kilobyte, for code that throws or catches and makes no snapshot.

export { SnapshotError } from '#snapshot-error';
