// The snapshots of a pack as a time line: who made each one, when and why, what it changed, and whether the chain of seals holds.

import type { ChainVerification, SnapshotRecord } from '@lssm-tech/lib.context-snapshot';
import { useEffect, useMemo, useState } from 'react';
import { type Changes, changesOf, type Kind } from '../changes.ts';
import { failureOf } from '../failure.ts';
import { Digest } from '../parts/digest.tsx';
import { Issues } from '../parts/issues.tsx';
import { Name } from '../parts/name.tsx';
import { go, useRoute } from '../route.ts';
import { beforeOf, compareWith, contentsOf, type Step, sealOf, useStudio } from '../studio.ts';
import { texts } from '../texts.ts';
import { plural, time } from '../words.ts';
import { worker } from '../worker.ts';

const BREAKS = ['no', 'edit', 'drop', 'swap', 'tail'] as const;
type Break = (typeof BREAKS)[number];
const KINDS: readonly Kind[] = ['added', 'removed', 'changed', 'moved'];

/** A record of the chain that is shown, and where its step is. */
interface Link {
  readonly record: SnapshotRecord;
  readonly at: number;
}

/** The chain as somebody with access to the store might leave it. */
function tampered(steps: readonly Step[], how: Break): readonly Link[] {
  const links = steps.map(({ record }, at) => ({ record, at }));
  const middle = Math.floor((links.length - 1) / 2);
  if (how === 'drop') return links.toSpliced(Math.max(1, middle), 1);
  if (how === 'tail') return links.slice(0, -1);
  if (how === 'swap') return links.toSpliced(middle, 2, ...links.slice(middle, middle + 2).reverse());
  if (how !== 'edit') return links;
  return links.map(({ record, at }) => {
    if (at !== middle) return { record, at };
    const details = record.metadata.$snapshot;
    const reason = `${details.reason ?? ''} (edited)`;
    return { record: { ...record, metadata: { ...record.metadata, $snapshot: { ...details, reason } } }, at };
  });
}

/** Verifies the chain. There is no verdict, and no error, but that of the arguments of this render. */
function useVerdict(links: readonly Link[], trusted: string | undefined) {
  const [state, setState] = useState<{
    readonly of: readonly [links: readonly Link[], trusted: string | undefined];
    readonly verdict?: ChainVerification;
    readonly error?: string;
  }>();
  useEffect(() => {
    if (links.length === 0) return;
    let latest = true;
    const records = links.map(({ record }) => record);
    const of = [links, trusted] as const;
    worker.call('verifyChain', records, trusted === undefined ? undefined : { expect: { seal: trusted } }).then(
      (verdict) => latest && setState({ of, verdict }),
      (error) => latest && setState({ of, error: failureOf(error).message }),
    );
    return () => {
      latest = false;
    };
  }, [links, trusted]);
  return state?.of[0] === links && state.of[1] === trusted ? state : undefined;
}

/** @param holds whether the records are verified: of records alone, their hashes are compared */
function Changed({ step, earlier, holds }: { readonly step: Step; readonly earlier: Step; readonly holds: boolean }) {
  const [state, setState] = useState<{
    readonly of: readonly [earlier: Step, step: Step];
    readonly found: Changes | string;
  }>();
  useEffect(() => {
    const [before, after] = [beforeOf(earlier), beforeOf(step)];
    if (before === undefined || after === undefined) return;
    let latest = true;
    const of = [earlier, step] as const;
    changesOf(before, after).then(
      (found) => latest && setState({ of, found }),
      (error) => latest && setState({ of, found: failureOf(error).message }),
    );
    return () => {
      latest = false;
    };
  }, [step, earlier]);
  if (contentsOf(step) === undefined || contentsOf(earlier) === undefined) {
    const isSame = step.record.hash === earlier.record.hash;
    return holds ? <p className="quiet">{isSame ? texts.history.same : texts.history.other}</p> : null;
  }
  const found = state?.of[0] === earlier && state.of[1] === step ? state.found : undefined;
  if (found === undefined) return <p className="quiet">{texts.loading}</p>;
  if (typeof found === 'string') return <p className="quiet">{found}</p>;
  const counts = Map.groupBy(found.list, ({ kind }) => kind);
  return (
    <details>
      <summary>
        {found.list.length === 0 && texts.history.same}
        {KINDS.filter((kind) => counts.has(kind)).map((kind) => (
          <span key={kind} className={`sign ${kind}`}>
            {texts.history.changes(kind, counts.get(kind)?.length ?? 0)}
          </span>
        ))}
      </summary>
      <ul className="plain">
        {found.list.slice(0, 50).map(({ kind, itemId, from }) => (
          <li key={itemId + kind}>
            <span className={`sign ${kind}`}>{texts.changes.kinds[kind]}</span>{' '}
            {from !== undefined && <Name>{`${from} → `}</Name>}
            <Name>{itemId}</Name>
          </li>
        ))}
        {found.list.length > 50 && <li className="quiet">{texts.issues.more(found.list.length - 50)}</li>}
      </ul>
    </details>
  );
}

export default function History() {
  const { steps, broken } = useStudio();
  const { get } = useRoute();
  const how = BREAKS.find((one) => one === get('break')) ?? 'no';
  const trusts = get('trust') !== '';
  const newest = steps.at(-1)?.record;
  const links = useMemo(() => tampered(steps, how), [steps, how]);
  const { verdict, error } = useVerdict(links, trusts && newest !== undefined ? sealOf(newest) : undefined) ?? {};
  if (newest === undefined) return <p className="empty">{texts.history.none}</p>;
  const issues = [...(verdict?.issues ?? []), ...broken];
  const holds = verdict?.valid === true && broken.length === 0;
  const isWhole = links[0]?.record.metadata.$snapshot.parent === undefined;
  // Of the records behind the last issue that is listed, nobody says that they are right.
  const listsAll = !issues.some(({ code }) => code === 'too_many_issues');
  const wrongAt = new Set(issues.map(({ path }) => Number(/^records\.(\d+)/.exec(path)?.[1] ?? -1)));
  return (
    <div className="history">
      <div className="bar-of-table">
        <span
          className={
            error !== undefined || (verdict && !holds) ? 'bad' : verdict === undefined ? 'quiet' : isWhole ? 'good' : ''
          }
          role={error === undefined ? 'status' : 'alert'}
        >
          {verdict === undefined
            ? (error ?? texts.loading)
            : holds
              ? texts.history.holds(plural(verdict.length, 'snapshot'), verdict.anchor, isWhole)
              : texts.history.broken(plural(issues.length, 'issue'))}
        </span>
        <label>
          {texts.history.tamper}{' '}
          <select
            value={how}
            onChange={(event) => go('history', { break: event.target.value === 'no' ? '' : event.target.value })}
          >
            {BREAKS.map((one) => (
              <option key={one} value={one} disabled={one !== 'no' && steps.length < 2}>
                {texts.history.breaks[one]}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={trusts}
            onChange={(event) => go('history', { trust: event.target.checked ? '1' : '' })}
          />{' '}
          {texts.history.trust}
        </label>
      </div>
      <Issues issues={issues} />
      <ol className="line" reversed>
        {links
          .map(({ record, at: number }, at) => {
            const details = record.metadata.$snapshot;
            const step = steps[number] as Step;
            const earlier = steps[number - 1];
            const before = links[at - 1]?.record;
            // Who follows whom is known once the seals are verified.
            const follows = before !== undefined && details.parent === sealOf(before) && !wrongAt.has(at);
            const isLinked =
              before === undefined || verdict === undefined || (follows && !listsAll) ? undefined : follows;
            return (
              <li key={number} className={wrongAt.has(at) ? 'wrong' : ''}>
                <h2>
                  <Name>{record.packVersion}</Name> <Name className="reason">{details.reason ?? ''}</Name>
                </h2>
                <p className="quiet">
                  <time dateTime={record.createdAt}>{time(record.createdAt)}</time>
                  {record.createdBy !== undefined && (
                    <>
                      {' · '}
                      <Name>{record.createdBy}</Name>
                    </>
                  )}
                  {' · '}
                  {plural(record.itemCount, 'item')}
                </p>
                <p className="digests-of">
                  <span>
                    {texts.hash} <Digest digest={record.hash} what={texts.hash} />
                  </span>
                  <span>
                    {texts.seal} <Digest digest={sealOf(record)} what={texts.seal} />
                  </span>
                </p>
                {earlier !== undefined && <Changed step={step} earlier={earlier} holds={holds} />}
                {earlier !== undefined && beforeOf(earlier) !== undefined && number === steps.length - 1 && (
                  <button
                    type="button"
                    onClick={() => {
                      compareWith(beforeOf(earlier));
                      go('changes');
                    }}
                  >
                    {texts.history.show}
                  </button>
                )}
                {isLinked !== undefined && (
                  <p className={isLinked ? 'chain good' : 'chain bad'}>
                    {isLinked ? texts.history.linked : texts.history.unlinked}
                  </p>
                )}
              </li>
            );
          })
          .reverse()}
      </ol>
    </div>
  );
}
