// Limits of the format and of hosts, as in `src/contract.rs`.

export const MAX_LEVELS = 1000;
export const MAX_DOCUMENT_BYTES = 268435456;
export const MAX_ISSUES = 100;
export const MAX_COUNT = 2 ** 53 - 1;
/** Limits that a host may lower, and their highest values, by position. */
export const LIMITS = ['documentBytes', 'levels', 'items', 'totalBytes'];
export const FORMAT_LIMITS = [MAX_DOCUMENT_BYTES, MAX_LEVELS, MAX_COUNT, MAX_COUNT];
