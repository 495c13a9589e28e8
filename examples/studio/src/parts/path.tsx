// Shows the path of an item through the tree: from its leaf to the root, and on to hash and seal, with each digest.
//
// How: the digests between leaf and root are computed here with Web Crypto from the proof (RFC 9162 section 2.1.3), so what is lit is what a
// verifier would compute, not what somebody says.

import type { ItemProof } from '@lssm-tech/lib.context-snapshot';
import { useEffect, useState } from 'react';
import { texts } from '../texts.ts';
import { count, hex } from '../words.ts';
import { Digest } from './digest.tsx';

export interface Level {
  readonly digest: string;
  /** The digest that it is hashed with to give the next level. */
  readonly sibling?: { readonly digest: string; readonly side: 'left' | 'right' } | undefined;
}

const bytesOf = (digest: string) =>
  Uint8Array.from(digest.slice('sha256:'.length).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

async function parent(left: string, right: string): Promise<string> {
  const bytes = Uint8Array.from([1, ...bytesOf(left), ...bytesOf(right)]);
  return `sha256:${hex(await crypto.subtle.digest('SHA-256', bytes))}`;
}

/** Computes the levels of a proof, the leaf first and the root last. */
async function levelsOf({ leafIndex, path, manifest }: ItemProof, leaf: string): Promise<Level[]> {
  let [at, last] = [leafIndex, manifest.itemCount - 1];
  let digest = leaf;
  const levels: Level[] = [];
  for (const other of path) {
    const isRight = at % 2 === 1 || at === last;
    levels.push({ digest, sibling: { digest: other, side: isRight ? 'left' : 'right' } });
    digest = isRight ? await parent(other, digest) : await parent(digest, other);
    if (isRight) while (at % 2 === 0 && at > 0) [at, last] = [at / 2, Math.floor(last / 2)];
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return [...levels, { digest }];
}

export function Path({
  proof,
  leaf,
  seal,
}: {
  readonly proof: ItemProof;
  readonly leaf: string;
  readonly seal: string | undefined;
}) {
  const [levels, setLevels] = useState<readonly Level[]>([]);
  useEffect(() => {
    let latest = true;
    levelsOf(proof, leaf).then((found) => latest && setLevels(found));
    return () => {
      latest = false;
    };
  }, [proof, leaf]);
  const root = levels.at(-1);
  const node = (key: string, label: string, digest: string, sibling?: Level['sibling'], kind = '') => (
    <li key={key} className={`level ${kind}`}>
      <span className="dot" aria-hidden="true" />
      <span className="label">{label}</span>
      <Digest digest={digest} what={label} />
      {sibling !== undefined && (
        <span className={`sibling ${sibling.side}`}>
          <span className="quiet" title={texts.tree.sibling[sibling.side]}>
            {texts.tree.side[sibling.side]}
          </span>
          <Digest digest={sibling.digest} what={texts.tree.sibling[sibling.side]} />
        </span>
      )}
    </li>
  );
  return (
    <ol className="path" aria-label={texts.tree.path}>
      {seal !== undefined && node('seal', texts.seal, seal, undefined, 'top')}
      {node('hash', texts.hash, proof.hash, undefined, 'top')}
      {root !== undefined &&
        node(
          'root',
          texts.root,
          root.digest,
          undefined,
          root.digest === proof.manifest.itemsRoot ? 'root' : 'root wrong',
        )}
      {levels
        .slice(0, -1)
        .map((level, at) =>
          node(
            String(at),
            at === 0 ? texts.tree.leaf(count(proof.leafIndex)) : texts.tree.level(at),
            level.digest,
            level.sibling,
            at === 0 ? 'leaf' : '',
          ),
        )
        .reverse()}
    </ol>
  );
}
