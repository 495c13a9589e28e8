// Traces a call of the handler, through a tracer of OpenTelemetry that the host passes.
//
// Why passed: nothing is imported, so hosts without `@opentelemetry/api` load nothing. How: the span is active during the call, so the spans of
// drivers and of `loadItems` are its children. It gets digests, numbers and bounded names, never content: no message of an error, and no
// exception, whose text may quote a value. A tracer that fails changes no result.

import { contract } from '@lssm-tech/lib.context-snapshot';
import { isObject, ownOf } from '#values';
import { empty } from './caller.js';
import { shown } from './shown.js';

const { key: NAME } = contract;
/** `SpanStatusCode.ERROR` of OpenTelemetry. */
const ERROR = 2;

const ATTRIBUTES = [
  ['packKey', 'context_snapshot.pack_key'],
  ['packVersion', 'context_snapshot.pack_version'],
  ['snapshotId', 'context_snapshot.id'],
  ['hash', 'context_snapshot.hash'],
  ['itemCount', 'context_snapshot.item_count'],
  ['bytes', 'context_snapshot.bytes'],
  ['outcome', 'context_snapshot.outcome'],
  ['code', 'error.type'],
];

/** Copies the members that are attributes. Texts are bounded. */
function attributesOf(members) {
  const attributes = empty();
  for (let at = 0; at < ATTRIBUTES.length; at++) {
    const { 0: member, 1: name } = ATTRIBUTES[at];
    const value = ownOf(members, member);
    if (typeof value === 'string') attributes[name] = shown(value);
    else if (typeof value === 'number') attributes[name] = value;
  }
  return attributes;
}

/** A span of the host, or none. Nothing here throws. */
class CallSpan {
  #span;

  constructor(span) {
    this.#span = isObject(span) ? span : undefined;
  }

  #quietly(use) {
    if (this.#span === undefined) return undefined;
    try {
      return use(this.#span);
    } catch {
      // A tracer that fails is its host's matter.
      return undefined;
    }
  }

  /** True if somebody will see the attributes. */
  get isRecording() {
    return this.#quietly((span) => span.isRecording()) === true;
  }

  /** Sets those members of an object that are attributes. */
  set(members) {
    this.#quietly((span) => span.setAttributes(attributesOf(members)));
  }

  refuse(code) {
    this.set({ outcome: 'refused', code });
    this.#quietly((span) => span.setStatus({ code: ERROR }));
  }

  end() {
    this.#quietly((span) => span.end());
  }
}

/**
 * Runs an asynchronous function once, in an active span if there is a tracer that gives one.
 *
 * @param run gets a `CallSpan`, and ends it
 */
export function traced(tracer, run) {
  let result;
  const once = (span) => {
    result ??= run(new CallSpan(span));
    return result;
  };
  if (tracer === undefined) return once();
  try {
    const returned = tracer.startActiveSpan(NAME, once);
    // A tracer may return a promise of its own, which nobody else looks at.
    if (isObject(returned) && typeof ownOf(returned, 'then') === 'function') returned.then(undefined, () => {});
  } catch {
    // A tracer that fails is its host's matter.
  }
  return once();
}
