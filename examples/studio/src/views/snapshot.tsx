// Makes a snapshot as somebody, shows what comes back, and hands it over: record, items, proof, summary, statement, signed envelope.

import type { SnapshotContext, SnapshotProblem, SnapshotRecord } from '@lssm-tech/lib.context-snapshot';
import type { WorkerSnapshot } from '@lssm-tech/lib.context-snapshot/worker';
import { type FormEvent, useRef, useState } from 'react';
import { download, fileName } from '../download.ts';
import { failureOf } from '../failure.ts';
import { useItem } from '../item.ts';
import { Digest } from '../parts/digest.tsx';
import { Issues } from '../parts/issues.tsx';
import { Json } from '../parts/json.tsx';
import { Name } from '../parts/name.tsx';
import { useRoute } from '../route.ts';
import { say } from '../say.ts';
import { makeSigner, readSigner, type Signer } from '../signer.ts';
import { addStep, type Opened, sealOf, useStudio } from '../studio.ts';
import { texts } from '../texts.ts';
import { plural } from '../words.ts';
import { worker } from '../worker.ts';

const CALLERS = {
  admin: { actor: 'admin' },
  role: { actor: 'user', roles: ['admin'] },
  user: { actor: 'user', roles: ['editor'] },
  anonymous: { actor: 'anonymous' },
  denied: { actor: 'admin', decision: { effect: 'deny', reason: texts.snapshot.denyReason } },
} as const satisfies Record<string, Partial<SnapshotContext>>;
type Caller = keyof typeof CALLERS;

/** Above this many items, the summary is made without them, so that they need not be copied. */
const MOST_SUMMARIZED = 5000;

interface Made {
  readonly snapshot: WorkerSnapshot;
  readonly of: Opened;
}

/** The key of this page, once it is needed. */
let signer: Promise<Signer> | undefined;

async function linesOf(snapshot: WorkerSnapshot): Promise<string[]> {
  return (await snapshot.items.text()).split('\n').filter((line) => line !== '');
}

function Downloads({ made: { snapshot, of } }: { readonly made: Made }) {
  const { get } = useRoute();
  const [error, setError] = useState('');
  const keyFile = useRef<HTMLInputElement>(null);
  const { row, itemId } = useItem(of, get('item'))?.row ?? {};
  const { record } = snapshot;
  const name = (ending: string) => fileName(`${record.packKey}-${record.packVersion}`, ending);
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const statement = () => worker.call('toStatement', { record });
  const files: Record<string, () => Promise<void>> = {
    [texts.snapshot.files.record]: async () => download(name('.record.json'), json(record)),
    [texts.snapshot.files.items]: async () =>
      download(name('.items.jsonl'), await snapshot.items.text(), 'application/jsonl'),
    [texts.snapshot.files.both]: async () =>
      download(
        name('.snapshot.json'),
        `{"record":${JSON.stringify(record)},"items":[\n${(await linesOf(snapshot)).join(',\n')}\n]}\n`,
      ),
    [texts.snapshot.files.summary]: async () => {
      const items = record.itemCount <= MOST_SUMMARIZED ? await linesOf(snapshot) : undefined;
      download(name('.summary.md'), await worker.call('summarizeSnapshot', { record, items }), 'text/markdown');
    },
    [texts.snapshot.files.statement]: async () => download(name('.statement.json'), json(await statement())),
    [texts.snapshot.files.envelope]: async () => {
      signer ??= makeSigner();
      const { privateKey, keyid } = await signer;
      download(
        name('.envelope.json'),
        json(await worker.call('signStatement', await statement(), { privateKey, keyid })),
      );
    },
    [texts.snapshot.files.key]: async () => {
      signer ??= makeSigner();
      const { publicKey, keyid } = await signer;
      download(
        fileName(keyid, '.key.json'),
        json({ ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: keyid }),
      );
    },
    ...(row !== undefined &&
      itemId !== undefined && {
        [texts.snapshot.files.proof(itemId)]: async () => {
          const manifest = record.metadata.$snapshot.manifest;
          const { proof } = (await of.list?.prove(row, manifest)) ?? {};
          download(fileName(itemId, '.proof.json'), json(proof));
        },
      }),
  };
  return (
    <section aria-label={texts.snapshot.downloads}>
      <h3>{texts.snapshot.downloads}</h3>
      <p className="downloads">
        {Object.entries(files).map(([label, make]) => (
          <button
            key={label}
            type="button"
            onClick={() =>
              make().then(
                () => setError(''),
                (cause) => setError(failureOf(cause).message),
              )
            }
          >
            ↓ <Name>{label}</Name>
          </button>
        ))}
        <button type="button" onClick={() => keyFile.current?.click()}>
          {texts.snapshot.ownKey}
        </button>
      </p>
      <input
        ref={keyFile}
        type="file"
        hidden
        data-testid="key"
        onChange={async ({ currentTarget: input }) => {
          const [file] = input.files ?? [];
          if (file === undefined) return;
          try {
            const read = await readSigner(file);
            signer = Promise.resolve(read);
            setError('');
            say(texts.snapshot.signsWith(read.keyid));
          } catch (cause) {
            setError(failureOf(cause).message);
          }
          input.value = '';
        }}
      />
      {error !== '' && (
        <p className="bad" role="alert">
          {error}
        </p>
      )}
      <p className="quiet">{texts.snapshot.dropBack}</p>
    </section>
  );
}

function Recorded({ record }: { readonly record: SnapshotRecord }) {
  const details = record.metadata.$snapshot;
  const digests: [string, string][] = [
    [texts.hash, record.hash],
    [texts.seal, sealOf(record)],
  ];
  if (details.parent !== undefined) digests.push([texts.parent, details.parent]);
  return (
    <div className="facts">
      <dl className="digests-of-it">
        {digests.map(([name, digest]) => (
          <div key={name} className="wide">
            <dt>{name}</dt>
            <dd>
              <Digest digest={digest} what={name} whole />
            </dd>
          </div>
        ))}
      </dl>
      <dl>
        <div>
          <dt>{texts.snapshot.admitted}</dt>
          <dd>{texts.snapshot.grants[details.grant]}</dd>
        </div>
      </dl>
    </div>
  );
}

function Refused({ problem }: { readonly problem: SnapshotProblem }) {
  return (
    <section className="refused" aria-label={texts.snapshot.problem}>
      <h2>
        <span className="status">{problem.status}</span> {problem.code}
      </h2>
      <p role="alert">{problem.detail}</p>
      <Issues issues={problem.issues ?? []} />
      <h3>{texts.snapshot.problem}</h3>
      <Json value={problem} />
    </section>
  );
}

export default function SnapshotView() {
  const { opened: open, steps } = useStudio();
  const opened = open as Opened;
  const [caller, setCaller] = useState<Caller>('admin');
  const [made, setMade] = useState<Made>();
  const [problem, setProblem] = useState<SnapshotProblem>();
  const [failed, setFailed] = useState('');
  const [working, setWorking] = useState(false);
  const { list, pack } = opened;
  if (list === undefined) return <p className="empty">{texts.item.onlyDigest}</p>;
  const last = steps.at(-1)?.record;
  const follows = last?.packKey === pack.packKey ? last : undefined;

  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const of = (name: string) => String(form.get(name) ?? '').trim() || undefined;
    say('');
    setWorking(true);
    setProblem(undefined);
    setFailed('');
    try {
      const input = { packKey: pack.packKey, reason: of('reason'), requestedBy: of('requestedBy') };
      const ctx = {
        ...CALLERS[caller],
        pack,
        userId: caller === 'anonymous' ? undefined : of('userId'),
        parent: form.has('parent') && follows ? sealOf(follows) : undefined,
      };
      const snapshot = await list.snapshot(input, ctx);
      setMade({ snapshot, of: opened });
      addStep({ record: snapshot.record, list });
      say(texts.snapshot.made);
    } catch (error) {
      setMade(undefined);
      if (typeof (error as Partial<SnapshotProblem>).status === 'number') {
        const { toJSON } = error as { toJSON?: () => SnapshotProblem };
        setProblem(toJSON === undefined ? (error as SnapshotProblem) : toJSON.call(error));
      } else setFailed(failureOf(error).message);
    } finally {
      setWorking(false);
    }
  };

  return (
    <div className="snapshot">
      <form onSubmit={make}>
        <fieldset className="callers">
          <legend>{texts.snapshot.who}</legend>
          {(Object.keys(CALLERS) as Caller[]).map((one) => (
            <label key={one}>
              <input type="radio" name="caller" value={one} checked={caller === one} onChange={() => setCaller(one)} />
              <span>
                <strong>{texts.snapshot.callers[one][0]}</strong>
                <small>{texts.snapshot.callers[one][1]}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <div className="fields">
          <label>
            {texts.snapshot.userId}
            <input name="userId" defaultValue="ops-1" autoComplete="off" />
          </label>
          <label>
            {texts.snapshot.reason}
            <input name="reason" placeholder={texts.snapshot.reasonHint} autoComplete="off" />
          </label>
          <label>
            {texts.snapshot.requestedBy}
            <input name="requestedBy" autoComplete="off" />
          </label>
          {follows !== undefined && (
            <label className="check">
              <input type="checkbox" name="parent" defaultChecked /> {texts.snapshot.follows(follows.packVersion)}
            </label>
          )}
          <button type="submit" className="main" disabled={working}>
            {working ? texts.snapshot.making : texts.snapshot.make(plural(list.count, 'item'))}
          </button>
        </div>
      </form>
      <div className="outcome">
        {failed !== '' && <p className="bad">{failed}</p>}
        {problem !== undefined && <Refused problem={problem} />}
        {made === undefined ? (
          problem === undefined && <p className="empty">{texts.snapshot.nothing}</p>
        ) : (
          <>
            <h2>{texts.snapshot.result}</h2>
            {made.snapshot.record.hash !== opened.preview?.hash && <p className="note">{texts.snapshot.stale}</p>}
            <Recorded record={made.snapshot.record} />
            <Downloads made={made} />
            <h3>{texts.snapshot.record}</h3>
            <Json value={made.snapshot.record} />
          </>
        )}
      </div>
    </div>
  );
}
