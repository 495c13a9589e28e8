// What the page shows of an error: of the library, of the browser, or of its own.

import type { Issue } from '@lssm-tech/lib.context-snapshot';

export interface Failure {
  readonly message: string;
  readonly issues: readonly Issue[];
}

export function failureOf(error: unknown): Failure {
  const { detail, message, issues } = error as Partial<{ detail: string; message: string; issues: readonly Issue[] }>;
  return { message: detail ?? message ?? String(error), issues: issues ?? [] };
}
