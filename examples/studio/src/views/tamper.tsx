// Changes one thing of the snapshot, and shows which digests change and what each verifier says.

import { useEffect, useState } from 'react';
import { failureOf } from '../failure.ts';
import { Issues } from '../parts/issues.tsx';
import { Name } from '../parts/name.tsx';
import { go, useRoute } from '../route.ts';
import { type Opened, useStudio, verifiedHash } from '../studio.ts';
import {
  EXPERIMENTS,
  type Experiment,
  MOST_IN_PAGE,
  type Outcome,
  run,
  type Target,
  TRUSTS,
  targetOf,
} from '../tampering.ts';
import { texts } from '../texts.ts';
import { count, short } from '../words.ts';

const MEMBERS = ['createdBy', 'createdAt', 'snapshotId', 'reason', 'userId', 'packVersion'];

function Verdicts({ outcome }: { readonly outcome: Outcome }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls in a narrow window, and needs the keys for that
    <div className="scroll" tabIndex={0} role="region" aria-label={texts.tamper.verdicts}>
      <table className="verdicts">
        <caption className="hidden">{texts.tamper.verdicts}</caption>
        <thead>
          <tr>
            <td />
            {TRUSTS.map((trust) => (
              <th key={trust} scope="col">
                {texts.tamper.trusts[trust]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(['main', 'verify'] as const).map((entry) => (
            <tr key={entry}>
              <th scope="row">
                {texts.tamper.entries[entry][0]}
                <small>{texts.tamper.entries[entry][1]}</small>
              </th>
              {TRUSTS.map((trust) => {
                const verdict = outcome.verdicts[entry]?.[trust];
                if (verdict === undefined) return <td key={trust}>{texts.tamper.tooMany(count(MOST_IN_PAGE))}</td>;
                return (
                  <td key={trust} className={!verdict.valid ? 'bad' : verdict.anchor === 'none' ? 'fits' : 'good'}>
                    <strong>
                      {verdict.valid
                        ? verdict.anchor === 'none'
                          ? texts.verdict.fits
                          : texts.verdict.valid
                        : texts.verdict.invalid}
                    </strong>
                    <Issues issues={verdict.issues} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export default function Tamper() {
  const opened = useStudio().opened as Opened;
  const { get } = useRoute();
  const experiment = EXPERIMENTS.find((one) => one === get('do')) ?? 'item';
  const item = get('item');
  const [made, setMade] = useState<{ readonly of: Opened; readonly target: Target }>();
  const target = made?.of === opened ? made.target : undefined;
  const [ran, setRan] = useState<{ readonly of: readonly unknown[]; readonly outcome: Outcome }>();
  const [error, setError] = useState('');
  const isWhole = opened.list !== undefined && verifiedHash(opened) !== undefined;
  const members = MEMBERS.filter(
    (name) => target !== undefined && (name in target.record || name in target.record.metadata.$snapshot),
  );
  const member = members.includes(get('member')) ? get('member') : 'createdBy';

  useEffect(() => {
    if (!isWhole) return;
    let latest = true;
    targetOf(opened).then(
      (found) => latest && setMade({ of: opened, target: found }),
      (cause) => latest && setError(failureOf(cause).message),
    );
    return () => {
      latest = false;
    };
  }, [opened, isWhole]);
  useEffect(() => {
    if (target === undefined) return;
    let latest = true;
    const of = [target, experiment, item, member];
    setError('');
    run(experiment, target, item, member).then(
      (outcome) => latest && setRan({ of, outcome }),
      (cause) => latest && setError(failureOf(cause).message),
    );
    return () => {
      latest = false;
    };
  }, [target, experiment, item, member]);

  // What was found of another choice is not shown under this one.
  const isCurrent = [target, experiment, item, member].every((one, at) => ran?.of[at] === one);
  const outcome = isCurrent ? ran?.outcome : undefined;
  if (!isWhole)
    return <p className="empty">{opened.list === undefined ? texts.item.onlyDigest : texts.check.openNotValid}</p>;
  return (
    <div className="tamper">
      <form>
        <fieldset className="callers">
          <legend>{texts.tamper.what}</legend>
          {EXPERIMENTS.map((one: Experiment) => (
            <label key={one}>
              <input type="radio" name="do" checked={one === experiment} onChange={() => go('tamper', { do: one })} />
              <span>
                <strong>{texts.tamper.experiments[one][0]}</strong>
                <small>{texts.tamper.experiments[one][1]}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {experiment === 'member' && (
          <label className="field">
            {texts.tamper.member}
            <select value={member} onChange={(event) => go('tamper', { member: event.target.value })}>
              {members.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <p className="quiet">{item === '' ? texts.tamper.first : texts.tamper.chosen(item)}</p>
      </form>
      <div className="outcome" data-shows={outcome && texts.tamper.experiments[experiment][0]}>
        {error !== '' && <p className="bad">{error}</p>}
        {outcome === undefined ? (
          error === '' && <p className="empty">{texts.loading}</p>
        ) : (
          <>
            {outcome.what !== undefined && (
              <p className="did">
                <Name>{outcome.what[0]}</Name>
                <del dir="auto">{outcome.what[1]}</del>
                <ins dir="auto">{outcome.what[2]}</ins>
              </p>
            )}
            <h2>{texts.tamper.digests}</h2>
            <ol className="digests">
              {outcome.digests.map(({ name, before, after }) => (
                <li key={name} className={before === after ? 'same' : 'other'}>
                  <span className="label">{texts.tamper.names[name]}</span>
                  <code title={before}>{short(before)}</code>
                  <span>{before === after ? texts.tamper.same : '→'}</span>
                  {before !== after && <code title={after}>{after === '' ? texts.tamper.gone : short(after)}</code>}
                </li>
              ))}
            </ol>
            <h2>{texts.tamper.verdicts}</h2>
            <Verdicts outcome={outcome} />
            <p className="lesson" role="status">
              {texts.tamper.lessons[experiment]}
            </p>
          </>
        )}
      </div>
    </div>
  );
}
