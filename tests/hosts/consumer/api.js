// What is tried, by the one line that the README has.
export {
  canonicalize,
  contract,
  digest,
  digestItem,
  SnapshotError,
  snapshotIdFor,
  snapshotPack,
} from '@lssm-tech/lib.context-snapshot';
