// Shows what changed between two snapshots.

import { createElement as h, useId, useState } from 'react';
import { Button, classOf, counted, Heading, LinkButton, number, Progress, Text, visibleText } from './elements.js';
import { useWork } from './hooks.js';

/** Ids that are shown at first, and with each request for more. */
const PAGE = 100;
const CHANGES = { added: 'Added', removed: 'Removed', changed: 'Changed' };

function Ids({ change, ids, level, onSelect }) {
  const [shown, setShown] = useState(PAGE);
  const heading = `${CHANGES[change]}: ${counted(ids.length, 'item')}`;
  const idOf = (itemId) =>
    onSelect === undefined
      ? h(Text, null, itemId)
      : h(LinkButton, { onClick: () => onSelect(itemId, change) }, h(Text, null, itemId));
  return h(
    'div',
    { className: classOf(change) },
    level === 0 ? h('p', null, heading) : h(Heading, { level, under: 1 }, heading),
    h(
      'ul',
      null,
      ids.slice(0, shown).map((itemId) => h('li', { key: itemId }, idOf(itemId))),
    ),
    ids.length > shown &&
      h(
        Button,
        { onClick: () => setShown(shown + PAGE) },
        `Show ${number(Math.min(PAGE, ids.length - shown))} more of ${number(ids.length - shown)}`,
      ),
  );
}

/** Shows differences that are known. */
export function Changes({ diff, level, onSelect }) {
  const changes = Object.keys(CHANGES).filter((change) => diff[change].length > 0);
  return h(
    'div',
    { className: classOf('changes') },
    h(
      'p',
      null,
      changes.length === 0 && diff.pack.length === 0
        ? `Nothing changed: ${counted(diff.unchanged, 'equal item')}`
        : `${number(diff.added.length)} added, ${number(diff.removed.length)} removed, ${number(diff.changed.length)} changed, ${number(diff.unchanged)} equal`,
    ),
    diff.pack.length > 0 &&
      h('p', null, `Changed members of the pack: ${diff.pack.map((name) => visibleText(name)).join(', ')}`),
    changes.map((change) => h(Ids, { key: change, change, ids: diff[change], level, onSelect })),
  );
}

export function SnapshotDiff({ before, after, diff, onSelect, className, id, headingLevel = 2 }) {
  const headingId = useId();
  const run = async (worker, options) => ({ diff: await worker.diff(before, after, options) });
  const isComputed = !diff && before && after;
  const causes = [before, after].flatMap((contents) => [contents?.manifest, contents?.index, contents?.items]);
  const work = useWork(isComputed ? run : undefined, causes);
  const known = diff ?? work.diff;
  const naming = headingLevel === 0 ? { 'aria-label': 'What changed' } : { 'aria-labelledby': headingId };
  return h(
    'section',
    { id, className: classOf('diff', className), ...naming },
    h(Heading, { level: headingLevel, id: headingId }, 'What changed'),
    !diff && h(Progress, { work, noun: 'comparison' }),
    known && h(Changes, { diff: known, level: headingLevel, onSelect }),
  );
}
