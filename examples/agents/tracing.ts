// The handler with a span of OpenTelemetry around each call.

import type { ContextPackSnapshotInput } from '@lssm-tech/lib.context-snapshot';
import {
  createSnapshotHandler,
  type HandlerContext,
  type SnapshotHandlerOptions,
} from '@lssm-tech/lib.context-snapshot/runtime';
import { trace } from '@opentelemetry/api';

export function createTracedHandler(options: SnapshotHandlerOptions) {
  const snapshot = createSnapshotHandler({ ...options, tracer: trace.getTracer('shop-host') });
  return (input: ContextPackSnapshotInput, ctx: HandlerContext) => {
    // The record then names the trace in which it was made.
    const traceId = trace.getActiveSpan()?.spanContext().traceId;
    return snapshot(input, { ...ctx, traceId: ctx.traceId ?? traceId });
  };
}
