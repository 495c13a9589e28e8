// Lists issues: where, and what would be right.

import type { Issue } from '@lssm-tech/lib.context-snapshot';
import { texts } from '../texts.ts';
import { short } from '../words.ts';
import { Name } from './name.tsx';

const MOST = 20;
const POSITION = /^items\.(\d+)/;
const DIGEST = /(sha256:[0-9a-f]{64})/;

/** A message with its digests shortened; the whole ones are in their titles. */
function Message({ text }: { readonly text: string }) {
  return text.split(DIGEST).map((part, at) =>
    DIGEST.test(part) ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no identity, and are never moved
      <code key={at} className="plain-code" title={part}>
        {short(part)}
      </code>
    ) : (
      part
    ),
  );
}

function keyOf(path: string, itemId: string): string {
  const [, position] = POSITION.exec(path) ?? [];
  return position === undefined ? itemId : `#${position}`;
}

export function Issues({
  issues,
  onChoose,
}: {
  readonly issues: readonly Issue[];
  /** Called with what chooses an item: its position with `#` before it, because an item that is wrong may have no id. */
  readonly onChoose?: (key: string) => void;
}) {
  if (issues.length === 0) return null;
  return (
    <ul className="issues">
      {issues.slice(0, MOST).map(({ path, code, message, itemId }) => (
        <li key={`${path} ${code} ${message}`}>
          <code>{path || texts.issues.root}</code>{' '}
          <span>
            <Message text={message} />
          </span>
          {itemId !== undefined &&
            (onChoose === undefined ? (
              <Name className="quiet">{itemId}</Name>
            ) : (
              <button type="button" className="link" onClick={() => onChoose(keyOf(path, itemId))}>
                <Name>{itemId}</Name>
              </button>
            ))}
        </li>
      ))}
      {issues.length > MOST && <li className="quiet">{texts.issues.more(issues.length - MOST)}</li>}
    </ul>
  );
}
