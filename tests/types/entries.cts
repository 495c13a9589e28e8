// Compiles the same by `require`.

import contracts = require('@lssm-tech/lib.context-snapshot/contract');
import errors = require('@lssm-tech/lib.context-snapshot/errors');

const caught: errors.SnapshotError | undefined = undefined;

export = { caught, version: contracts.contract.version };
