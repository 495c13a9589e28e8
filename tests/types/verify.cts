// Compiles the same by `require`.

import verify = require('@lssm-tech/lib.context-snapshot/verify');

const verification: Promise<verify.Verification> = verify.verifyChain([]);
const error = new verify.SnapshotError({ code: 'TIMEOUT', detail: '' });

export = { verification, error };
