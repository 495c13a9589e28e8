// A small host, for the examples and tests of `./runtime`.
//
// Why a stub: the runtime of the host is not in the registry. How: it does what that runtime does, traps included. It parses the input first;
// only `ctx.decide` can refuse a caller; its guard refuses an event that `ctx.eventSpecResolver` does not know; it parses the output.

import { z } from 'zod';

const text = z.string();
const input = z.object({
  packKey: text.min(1),
  ...{ packVersion: text.optional(), reason: text.optional(), requestedBy: text.optional() },
  metadata: z.record(text, z.any()).optional(),
});
/** The output, and the payload of the event. A `Date`: an ISO string fails. */
const output = z.object({
  ...{ snapshotId: text, packKey: text, packVersion: text, hash: text },
  ...{ itemCount: z.number().int().optional(), createdAt: z.date() },
});
export const ContextSnapshotCreatedEvent = { key: 'context.snapshot.created', version: '1.0.0', payload: output };
export const ContextPackSnapshotCommand = {
  meta: { key: 'context.pack.snapshot', version: '1.0.0' },
  io: { input, output },
  emits: [{ key: ContextSnapshotCreatedEvent.key, version: ContextSnapshotCreatedEvent.version }],
};
/** A resolver, as `ctx.eventSpecResolver`: nothing in the host sets it. */
export const events = {
  get: (key, version) =>
    key === ContextSnapshotCreatedEvent.key && version === ContextSnapshotCreatedEvent.version
      ? ContextSnapshotCreatedEvent
      : undefined,
};

const idOf = ({ meta }) => `${meta.key}.v${meta.version}`;
const isProblem = (error) =>
  ['type', 'title', 'code', 'category'].every((name) => typeof error?.[name] === 'string') &&
  typeof error.status === 'number' &&
  typeof error.retryable === 'boolean';

/** What the caller gets: a problem as it is, the issues of a failed parse, or the text of any other exception. */
function problemOf(error) {
  if (isProblem(error)) return { ...error };
  if (!(error instanceof z.ZodError)) return { code: 'INTERNAL_ERROR', status: 500, detail: String(error?.message) };
  const issues = error.issues.map(({ path, code, message }) => ({ path: path.join('.'), code, message }));
  return { code: 'VALIDATION_FAILED', status: 422, issues };
}

export class Registry {
  #specs = new Map();
  #handlers = new Map();

  register(spec) {
    this.#specs.set(idOf(spec), spec);
    return this;
  }

  bind(spec, handler) {
    if (!this.#specs.has(idOf(spec)) || this.#handlers.has(idOf(spec))) throw new Error(`Cannot bind ${idOf(spec)}`);
    this.#handlers.set(idOf(spec), handler);
    return this;
  }

  /** Returns `{ ok: true, data }`, or `{ ok: false, problem }`. */
  async execute(key, version, raw, ctx) {
    try {
      return { ok: true, data: await this.#execute(this.#specs.get(`${key}.v${version}`), raw, ctx) };
    } catch (error) {
      return { ok: false, problem: problemOf(error) };
    }
  }

  async #execute(spec, raw, ctx) {
    const parsed = spec.io.input.parse(raw);
    const decision = await ctx.decide?.({ actor: ctx.actor ?? 'anonymous', roles: ctx.roles, userId: ctx.userId });
    if (decision?.effect === 'deny') throw new Error(`PolicyDenied: ${idOf(spec)}`);
    const allowed = new Map(
      spec.emits.map(({ key, version }) => [`${key}.v${version}`, ctx.eventSpecResolver?.get(key, version)]),
    );
    const guard = async (key, version, payload) => {
      const event = allowed.get(`${key}.v${version}`);
      if (!event) throw new Error(`UndeclaredEvent: ${key}.v${version}`);
      const envelope = { key, version, payload: event.payload.parse(payload), traceId: ctx.traceId };
      await ctx.eventPublisher?.(envelope);
    };
    const handler = this.#handlers.get(idOf(spec));
    return spec.io.output.parse(await handler(parsed, { ...ctx, __emitGuard__: guard }));
  }
}
