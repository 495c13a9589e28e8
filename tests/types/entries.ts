// Checks the smaller entries: they export the same class and the same contract, by name and by type.

import type { SnapshotError as Main, contract as main } from '@lssm-tech/lib.context-snapshot';
import { contract } from '@lssm-tech/lib.context-snapshot/contract';
import { SnapshotError } from '@lssm-tech/lib.context-snapshot/errors';

export const same: typeof main = contract;
export const Class: typeof Main = SnapshotError;
export const key: 'context.pack.snapshot' = contract.key;

// @ts-expect-error: it exports nothing else
export type { Snapshot } from '@lssm-tech/lib.context-snapshot/errors';
