// Shows the proof of an item: its place, its check, the tree, and the proof to copy.

import { createElement as h, useId, useState } from 'react';
import { Button, classOf, DigestText, Facts, Heading, Issues, number, Progress, Text } from './elements.js';
import { useWork } from './hooks.js';
import { MerkleTree } from './tree.js';

function Copy({ text }) {
  const [outcome, setOutcome] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('Copied');
    } catch {
      setOutcome('The browser did not allow to copy; the proof can be selected below');
    }
  };
  return h('p', null, h(Button, { onClick: copy }, 'Copy the proof'), ' ', h('span', { role: 'status' }, outcome));
}

/** Shows the result of a verification in words. */
export function Verdict({ verification: { valid, issues }, yes, no }) {
  return h(
    'div',
    { className: classOf(valid ? 'valid' : 'invalid'), role: 'status' },
    h('p', null, h('strong', null, valid ? yes : no)),
    issues.length > 0 && h(Issues, { issues }),
  );
}

export function ItemProof({ proof, digest, item, hash, className, id, headingLevel = 2 }) {
  const headingId = useId();
  const run = async (worker) => ({ verification: await worker.call('explainItem', item, proof, hash) });
  const json = JSON.stringify(proof, undefined, 2);
  const isChecked = item !== undefined && hash !== undefined;
  const check = useWork(isChecked ? run : undefined, [item, hash, json]);
  const naming = headingLevel === 0 ? { 'aria-label': 'Proof of an item' } : { 'aria-labelledby': headingId };
  return h(
    'section',
    { id, className: classOf('proof', className), ...naming },
    h(Heading, { level: headingLevel, id: headingId }, 'Proof of an item'),
    h(Facts, {
      facts: [
        ['Item', h(Text, null, proof.itemId)],
        ['Position', `${number(proof.leafIndex + 1)} of ${number(proof.manifest?.itemCount)}`],
        ['Leaf hash', digest === undefined ? undefined : h(DigestText, { digest })],
        ['Hash of the snapshot', h(DigestText, { digest: proof.hash })],
      ],
    }),
    isChecked && check.status !== 'done' && h(Progress, { work: check, noun: 'check' }),
    isChecked &&
      check.status === 'done' &&
      h(Verdict, {
        verification: check.verification,
        yes: 'The item is in the snapshot with the trusted hash',
        no: 'This does not prove that the item is in the snapshot with the trusted hash',
      }),
    h(MerkleTree, { proof, digest, headingLevel: headingLevel === 0 ? 0 : Math.min(headingLevel + 1, 5) }),
    h(Copy, { text: json }),
    h(
      'details',
      null,
      h('summary', null, 'The proof as JSON'),
      h('pre', { tabIndex: 0 }, h(Text, { max: 20_000 }, json)),
    ),
  );
}
