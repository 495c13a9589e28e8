// The entry `./react`.

export { SnapshotDiff } from './diff.js';
export { DigestText, visibleText } from './elements.js';
export { PreviewWorkerProvider, usePreview, useVerification } from './hooks.js';
export { SnapshotPreview } from './preview.js';
export { ItemProof } from './proof.js';
export { ContextSnapshotSummary } from './summary.js';
export { MerkleTree } from './tree.js';
