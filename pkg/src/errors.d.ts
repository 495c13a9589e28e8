/**
 * The class of errors by itself, without WebAssembly: the same class as the main entry's, so that `instanceof` holds.
 *
 * @packageDocumentation
 */

export { SnapshotError } from './index.js';
