// A page that imports the package, and has a dependency that requires it.
import { SnapshotError } from '@lssm-tech/lib.context-snapshot';
import { refusals } from 'commonjs-dependency';

globalThis.outcome = refusals().map((error) => error instanceof SnapshotError);
