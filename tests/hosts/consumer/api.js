// The package, imported with the line shown in the README.
export {
  canonicalize,
  contract,
  diffSnapshots,
  digest,
  digestItem,
  isDigest,
  previewPack,
  proveItem,
  SnapshotBuilder,
  SnapshotError,
  SnapshotVerifier,
  signStatement,
  snapshotIdFor,
  snapshotPack,
  summarizeSnapshot,
  toStatement,
  verifyChain,
  verifyEnvelope,
  verifyItem,
  verifySnapshot,
} from '@lssm-tech/lib.context-snapshot';
export { contract as contractAlone } from '@lssm-tech/lib.context-snapshot/contract';
export { SnapshotError as SnapshotErrorAlone } from '@lssm-tech/lib.context-snapshot/errors';
export * as withoutWebAssembly from '@lssm-tech/lib.context-snapshot/verify';
