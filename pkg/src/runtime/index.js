// The entry `./runtime`: handlers that bind the operation `context.pack.snapshot` to a host, over a store of the host's shape.
//
// Why an entry of its own: a page or a verifier does not need it. It imports the main entry by the package's name, so there is one module and
// one class of errors. `snapshot.js` has the order of a call, `store.js` how snapshots are stored, `verify.js` how they are read back.

export { authorizeSnapshot } from './caller.js';
export { createDescribeHandler, createSearchHandler } from './queries.js';
export { createPreviewHandler, createSnapshotHandler } from './snapshot.js';
export { assertSnapshot, summaryMarkdown, verifyStored } from './verify.js';
