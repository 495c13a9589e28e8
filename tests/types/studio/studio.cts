// Checks the declarations of `./worker` and `./react` for CommonJS.

import react = require('@lssm-tech/lib.context-snapshot/react');
import worker = require('@lssm-tech/lib.context-snapshot/worker');

export const started: worker.PreviewWorker = worker.createPreviewWorker({ worker: '/preview-worker.js' });
export const Summary: (props: react.ContextSnapshotSummaryProps) => unknown = react.ContextSnapshotSummary;
