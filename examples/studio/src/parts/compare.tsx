// Compares two texts by lines, and changed lines by words.
//
// How: `diff` finds equal lines; a removed line and the added one in its place are compared by words. Equal lines far from a change are folded. Each
// search has a bound of time: texts that differ too much are shown one after the other.

import { visibleText } from '@lssm-tech/lib.context-snapshot/react';
import { diffLines, diffWordsWithSpace } from 'diff';
import { Fragment, useMemo, useState } from 'react';
import { texts } from '../texts.ts';
import { count, plural } from '../words.ts';

interface Piece {
  readonly text: string;
  readonly changed: boolean;
}
interface Line {
  readonly number: number;
  readonly pieces: readonly Piece[];
}
/** A line before, after, or both. Equal if neither has a changed piece and both are there. */
export interface Pair {
  readonly before?: Line;
  readonly after?: Line;
  readonly equal: boolean;
}

const NEAR = 3;
const LINES = 2000;
/** Most characters that are shown of a piece of a line. */
const UNITS = 20_000;
const PATIENCE = { timeout: 400, maxEditLength: 4000 };

const linesOf = (text: string) => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};
const whole = (text: string, changed = false): Piece[] => [{ text, changed }];

function byWords(before: string, after: string): [Piece[], Piece[]] {
  const parts = before.length + after.length > 20_000 ? undefined : diffWordsWithSpace(before, after, PATIENCE);
  if (parts === undefined) return [whole(before, true), whole(after, true)];
  const side = (skip: 'added' | 'removed') =>
    parts
      .filter((part) => !part[skip])
      .map(({ value, added, removed }) => ({ text: value, changed: added || removed }));
  return [side('added'), side('removed')];
}

export function pairsOf(before: string, after: string): Pair[] {
  const parts = diffLines(before, after, PATIENCE) ?? [
    { value: before, removed: true, added: false, count: 0 },
    { value: after, added: true, removed: false, count: 0 },
  ];
  const pairs: Pair[] = [];
  let [left, right] = [1, 1];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] as (typeof parts)[number];
    const lines = linesOf(part.value);
    if (!part.added && !part.removed) {
      for (const text of lines) {
        const pieces = whole(text);
        pairs.push({ before: { number: left++, pieces }, after: { number: right++, pieces }, equal: true });
      }
    } else if (part.removed) {
      const next = parts[at + 1];
      const others = next?.added ? linesOf(next.value) : [];
      if (next?.added) at++;
      for (let line = 0; line < Math.max(lines.length, others.length); line++) {
        const [one, other] = [lines[line], others[line]];
        const [was, is] =
          one !== undefined && other !== undefined ? byWords(one, other) : [whole(one ?? ''), whole(other ?? '')];
        pairs.push({
          ...(one !== undefined && { before: { number: left++, pieces: was } }),
          ...(other !== undefined && { after: { number: right++, pieces: is } }),
          equal: false,
        });
      }
    } else {
      for (const text of lines) pairs.push({ after: { number: right++, pieces: whole(text) }, equal: false });
    }
  }
  return pairs;
}

const Pieces = ({ line, as }: { readonly line: Line | undefined; readonly as: 'ins' | 'del' }) =>
  line?.pieces.map(({ text, changed }, at) => {
    const Piece = changed ? as : Fragment;
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity, and are never moved
    return <Piece key={at}>{visibleText(text, UNITS)}</Piece>;
  });

function* folded(pairs: readonly Pair[]): Generator<Pair | number> {
  const near = new Uint8Array(pairs.length);
  for (const [at, pair] of pairs.entries()) if (!pair.equal) near.fill(1, Math.max(0, at - NEAR), at + NEAR + 1);
  let skipped = 0;
  for (const [at, pair] of pairs.entries()) {
    if (near[at] === 1) {
      if (skipped > 0) yield skipped;
      skipped = 0;
      yield pair;
    } else skipped++;
  }
  if (skipped > 0) yield skipped;
}

export function Compare({
  before,
  after,
  side,
}: {
  readonly before: string;
  readonly after: string;
  readonly side: boolean;
}) {
  const [all, setAll] = useState(false);
  const rows = useMemo(() => {
    const pairs = pairsOf(before, after);
    return (all ? pairs : [...folded(pairs)]).slice(0, LINES);
  }, [before, after, all]);
  const line = (key: string, row: Pair, mark: 'ins' | 'del' | 'both') => {
    const [sign, shown] = mark === 'ins' ? ['+', row.after] : mark === 'del' ? ['−', row.before] : ['', row.after];
    const kind = mark === 'ins' ? 'added' : mark === 'del' ? 'removed' : 'equal';
    return (
      <tr key={key} className={kind}>
        <td className="number">{row.before && mark !== 'ins' ? row.before.number : ''}</td>
        <td className="number">{row.after && mark !== 'del' ? row.after.number : ''}</td>
        <td className="sign">
          {sign !== '' && <span title={texts.compare[kind as 'added' | 'removed']}>{sign}</span>}
        </td>
        <td className="line" dir="auto">
          <Pieces line={shown} as={mark === 'del' ? 'del' : 'ins'} />
        </td>
      </tr>
    );
  };
  const cell = (shown: Line | undefined, equal: boolean, as: 'ins' | 'del') => (
    <>
      <td className="number">{shown?.number}</td>
      <td className={`line ${equal || shown === undefined ? '' : as === 'ins' ? 'added' : 'removed'}`} dir="auto">
        <Pieces line={shown} as={as} />
      </td>
    </>
  );
  return (
    <table className={side ? 'compare side' : 'compare'} aria-label={texts.compare.label}>
      <colgroup>
        {(side ? ['number', '', 'number', ''] : ['number', 'number', 'sign', '']).map((kind, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: columns have no identity, and are never moved
          <col key={at} className={kind} />
        ))}
      </colgroup>
      <tbody>
        {rows.flatMap((row, at) => {
          const key = String(at);
          if (typeof row === 'number') {
            return (
              <tr key={key} className="fold">
                <td colSpan={4}>
                  <button type="button" onClick={() => setAll(true)}>
                    {texts.compare.folded(plural(row, 'equal line'))}
                  </button>
                </td>
              </tr>
            );
          }
          if (side) {
            return (
              <tr key={key}>
                {cell(row.before, row.equal, 'del')}
                {cell(row.after, row.equal, 'ins')}
              </tr>
            );
          }
          if (row.equal) return line(key, row, 'both');
          return [row.before && line(`${key}-`, row, 'del'), row.after && line(`${key}+`, row, 'ins')];
        })}
        {rows.length === LINES && (
          <tr className="fold">
            <td colSpan={4}>{texts.compare.tooMany(count(LINES))}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
