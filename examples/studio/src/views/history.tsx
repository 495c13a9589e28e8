// The snapshots of a pack as a time line: who made each one, when and why, what it changed, and whether the chain of seals holds.

import type { ChainVerification, SnapshotRecord } from '@lssm-tech/lib.context-snapshot';
import { useEffect, useState } from 'react';
import { type Changes, changesOf, type Kind } from '../changes.ts';
import { Digest } from '../parts/digest.tsx';
import { Issues } from '../parts/issues.tsx';
import { Name } from '../parts/name.tsx';
import { go, useRoute } from '../route.ts';
import { beforeOf, compareWith, failureOf, type Step, sealOf, useStudio, worker } from '../studio.ts';
import { texts } from '../texts.ts';
import { plural, time } from '../words.ts';

const BREAKS = ['no', 'edit', 'drop', 'swap', 'tail'] as const;
type Break = (typeof BREAKS)[number];
const KINDS: readonly Kind[] = ['added', 'removed', 'changed', 'moved'];

/** The chain as somebody with access to the store might leave it. */
function broken(records: readonly SnapshotRecord[], how: Break): readonly SnapshotRecord[] {
  const middle = Math.floor((records.length - 1) / 2);
  if (how === 'drop') return records.toSpliced(Math.max(1, middle), 1);
  if (how === 'tail') return records.slice(0, -1);
  if (how === 'swap') return records.toSpliced(middle, 2, ...records.slice(middle, middle + 2).reverse());
  if (how !== 'edit') return records;
  return records.map((record, at) => {
    if (at !== middle) return record;
    const details = record.metadata.$snapshot;
    return {
      ...record,
      metadata: { ...record.metadata, $snapshot: { ...details, reason: `${details.reason ?? ''} (edited)` } },
    };
  });
}

function Changed({ step, earlier }: { readonly step: Step; readonly earlier: Step }) {
  const [found, setFound] = useState<Changes | string>();
  useEffect(() => {
    let latest = true;
    const [before, after] = [beforeOf(earlier), beforeOf(step)];
    if (before === undefined || after === undefined) {
      setFound(step.record.hash === earlier.record.hash ? texts.history.same : texts.history.other);
      return;
    }
    changesOf(before, after).then(
      (changes) => latest && setFound(changes),
      (error) => latest && setFound(failureOf(error).message),
    );
    return () => {
      latest = false;
    };
  }, [step, earlier]);
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
  const { steps } = useStudio();
  const { get } = useRoute();
  const how = BREAKS.find((one) => one === get('break')) ?? 'no';
  const trusts = get('trust') !== '';
  const [verdict, setVerdict] = useState<ChainVerification>();
  const newest = steps.at(-1)?.record;
  useEffect(() => {
    if (newest === undefined) return;
    let latest = true;
    const records = broken(
      steps.map(({ record }) => record),
      how,
    );
    worker
      .call('verifyChain', records, trusts ? { expect: { seal: sealOf(newest) } } : undefined)
      .then((found) => latest && setVerdict(found));
    return () => {
      latest = false;
    };
  }, [steps, newest, how, trusts]);
  if (newest === undefined) return <p className="empty">{texts.history.none}</p>;
  const shown = broken(
    steps.map(({ record }) => record),
    how,
  );
  const wrongAt = new Set(verdict?.issues.map(({ path }) => Number(/^records\.(\d+)/.exec(path)?.[1] ?? -1)));
  return (
    <div className="history">
      <div className="bar-of-table">
        <span className={verdict === undefined ? 'quiet' : verdict.valid ? 'good' : 'bad'} role="status">
          {verdict === undefined
            ? texts.loading
            : verdict.valid
              ? texts.history.holds(plural(verdict.length, 'snapshot'), verdict.anchor)
              : texts.history.broken(plural(verdict.issues.length, 'issue'))}
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
      <Issues issues={verdict?.issues ?? []} />
      <ol className="line" reversed>
        {shown
          .map((record, at) => {
            const details = record.metadata.$snapshot;
            const step = steps.find((one) => one.record.snapshotId === record.snapshotId) as Step;
            const number = steps.indexOf(step);
            const earlier = steps[number - 1];
            const before = shown[at - 1];
            const isLinked = before === undefined ? undefined : details.parent === sealOf(before) && !wrongAt.has(at);
            return (
              <li key={record.snapshotId} className={wrongAt.has(at) ? 'wrong' : ''}>
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
                {earlier !== undefined && <Changed step={step} earlier={earlier} />}
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
