// The same declarations by `require`.

import contextSnapshot = require('@lssm-tech/lib.context-snapshot');

const item = { itemId: 'i', kind: 'docblock', sourceKey: 'k', content: 'x' };
export const digest: contextSnapshot.Digest = contextSnapshot.digestItem(item).digest;
// @ts-expect-error as in ES modules
contextSnapshot.digestItem({ ...item, kind: 1 });
