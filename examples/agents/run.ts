// An agent's run that is bound to its context: locked before the run, checked when it starts.

import type { createSnapshotHandler } from '@lssm-tech/lib.context-snapshot/runtime';
import { generateText, type LanguageModel } from 'ai';
import { contextMessage } from './ai-sdk.ts';
import type { Store } from './context.ts';

/** What is stored of a run. The hash is what the run trusts, so keep it where writers of the snapshots cannot change it. */
export interface Run {
  readonly runId: string;
  readonly contextSnapshotId: string;
  readonly contextHash: string;
}

/** Takes the snapshot that a run will see. Called again for the same run, it returns the same one, whatever the pack is now. */
export async function lockContext(
  snapshot: ReturnType<typeof createSnapshotHandler>,
  runId: string,
  packKey: string,
): Promise<Run> {
  const caller = { actor: 'admin', userId: 'scheduler', channel: 'job', idemKey: `run:${runId}` };
  const { snapshotId, hash } = await snapshot({ packKey, reason: `run ${runId}` }, caller);
  return { runId, contextSnapshotId: snapshotId, contextHash: hash };
}

/** Starts or resumes a run. Without the context that it has noted, the model is not called. */
export async function startRun(store: Store, run: Run, model: LanguageModel, task: string): Promise<string> {
  const context = await contextMessage(store, run.contextSnapshotId, { hash: run.contextHash });
  const { text } = await generateText({ model, messages: [context, { role: 'user', content: task }] });
  return text;
}
