// Node's ES module entry. It is the CommonJS one under another syntax, so that a process that uses both has one instance
// and one `SnapshotError`.
import exported from './index.cjs';

export const { canonicalize, contract, digest, digestItem, SnapshotError, snapshotIdFor, snapshotPack } = exported;
