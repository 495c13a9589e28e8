/**
 * The operation's contract by itself, without WebAssembly: the same data as the main entry's.
 *
 * @packageDocumentation
 */

export { contract } from './index.js';
