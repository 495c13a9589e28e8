// What the page shows of an error: of the library, of the browser, or of its own.

import type { Issue } from '@lssm-tech/lib.context-snapshot';
import { visible } from './parts/name.tsx';

export interface Failure {
  readonly message: string;
  readonly issues: readonly Issue[];
}

export function failureOf(error: unknown): Failure {
  const { detail, message, issues } = error as Partial<{ detail: string; message: string; issues: readonly Issue[] }>;
  return { message: visible(detail ?? message ?? String(error)), issues: issues ?? [] };
}
