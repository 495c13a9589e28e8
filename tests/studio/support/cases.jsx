// The components with their props, for pages and for servers.

import {
  ContextSnapshotSummary,
  ItemProof,
  MerkleTree,
  PreviewWorkerProvider,
  SnapshotDiff,
  SnapshotPreview,
  useVerification,
} from '@lssm-tech/lib.context-snapshot/react';
import { useEffect, useState } from 'react';

export const PACK = { packKey: 'platform.docs', version: '3', title: 'Docs <b>bold</b>', sources: [] };
const note = (name) => (value) => globalThis.calls?.push([name, value]);
const within = (element) => <PreviewWorkerProvider worker={globalThis.worker}>{element}</PreviewWorkerProvider>;

function Verified({ record, text, expect }) {
  const { status, verification, progress } = useVerification({ record, items: text, expect });
  return (
    <section>
      <h2>Verification</h2>
      <p id="status">{status}</p>
      <p id="step">{progress?.step}</p>
      <p id="verdict">{verification && `${verification.valid} ${verification.anchor} ${verification.issues.length}`}</p>
    </section>
  );
}

/** Approves what is verified, for arguments that change: `change(args)`. With `whole`, that object is the arguments. */
function Approving({ record, text, expect }) {
  const [args, setArgs] = useState({ name: 'first', record, items: text, expect });
  globalThis.change = setArgs;
  const { name, whole, ...rest } = args;
  const { status, verification, cancel } = useVerification(whole ?? rest);
  globalThis.cancel = cancel;
  useEffect(() => {
    if (verification?.valid) note('approved')(name);
  });
  return (
    <section>
      <h2>Approval</h2>
      <p id="status">{`${name} ${status} ${verification?.valid}`}</p>
    </section>
  );
}

/** A page whose items are replaced: `replace(text)`. Notes of each choice how many items its list has. */
function Replaced({ text }) {
  const [items, setItems] = useState(text);
  globalThis.replace = setItems;
  const select = (row, list) => note('chosen')([row.itemId, list.count]);
  return <SnapshotPreview pack={PACK} items={items} actor="user" onSelect={select} pageSize={10} />;
}

/** A page that makes its objects anew in every render. */
function Careless({ text }) {
  const [actor, setActor] = useState('user');
  return (
    <div>
      <button type="button" id="actor" onClick={() => setActor('anonymous')}>
        Ask as nobody
      </button>
      <SnapshotPreview
        pack={{ ...PACK }}
        items={text}
        actor={actor}
        onPreview={(preview) => note('preview')(preview.hash)}
        onProblem={({ issues, error }) => note('problem')([error?.status, issues.length])}
      />
    </div>
  );
}

export const cases = {
  'summary without props': () => <ContextSnapshotSummary />,
  summary: ({ headingLevel = 3, ...props }) => (
    <ContextSnapshotSummary className="mine" id="here" headingLevel={headingLevel} {...props} />
  ),
  'preview without items': () => within(<SnapshotPreview pack={PACK} items={null} actor="user" />),
  preview: ({ text, ...props }) =>
    within(<SnapshotPreview pack={PACK} items={text} actor="user" onSelect={(row) => note('row')(row.itemId)} onPreview={(_, list) => note('list')(list)} {...props} />),
  replaced: ({ text }) => within(<Replaced text={text} />),
  approving: (props) => within(<Approving {...props} />),
  careless: ({ text }) => within(<Careless text={text} />),
  'diff of data': ({ diff }) => <SnapshotDiff diff={diff} onSelect={(id, change) => note('id')([id, change])} />,
  diff: ({ before, after }) => within(<SnapshotDiff before={before} after={after} />),
  proof: (props) => within(<ItemProof {...props} />),
  tree: (props) => <MerkleTree {...props} />,
  verification: (props) => within(<Verified {...props} />),
};
