// The presentation `context.snapshot.summary`.

import { createElement as h, useId } from 'react';
import { classOf, DigestText, Facts, Heading, number, Table, Text, visibleText } from './elements.js';

const text = (value) => (value === undefined || value === null ? undefined : h(Text, null, value));
const digest = (value) => (value === undefined || value === null ? undefined : h(DigestText, { digest: value }));

const KIND_COLUMNS = [
  { name: 'Kind', of: ({ kind }) => text(kind) },
  { name: 'Items', of: ({ items }) => number(items), isNumber: true },
  { name: 'Bytes', of: ({ bytes }) => number(bytes), isNumber: true },
];
const SOURCE_COLUMNS = [
  { name: 'Source', of: ({ sourceKey }) => text(sourceKey) },
  { name: 'Version', of: ({ sourceVersion }) => text(sourceVersion) },
  ...KIND_COLUMNS,
];

/** Shows numbers by kind and by source. */
export const Numbers = ({ kinds, sources }) => [
  kinds.length > 0 && h(Table, { key: 'kinds', caption: 'Items by kind', columns: KIND_COLUMNS, rows: kinds }),
  sources.length > 0 &&
    h(Table, {
      key: 'sources',
      caption: 'Items by source',
      columns: SOURCE_COLUMNS,
      rows: sources.slice(0, MOST_SOURCES),
    }),
  sources.length > MOST_SOURCES && h('p', { key: 'more' }, `And ${number(sources.length - MOST_SOURCES)} more sources`),
];
const MOST_SOURCES = 100;

const Frame = ({ id, className, headingLevel, heading, children }) => {
  const headingId = useId();
  return h(
    'section',
    {
      id,
      className: classOf('summary', className),
      [headingLevel === 0 ? 'aria-label' : 'aria-labelledby']: headingLevel === 0 ? 'Context snapshot' : headingId,
    },
    h(Heading, { level: headingLevel, id: headingId }, heading),
    children,
  );
};

function SummaryView({ summary, ...frame }) {
  const { title, packKey, packVersion, hash, seal, itemCount, kinds, sources, provenance } = summary;
  const { createdAt, createdBy, userId, requestedBy, reason, actor, grant, parent } = provenance;
  return h(
    Frame,
    { ...frame, heading: ['Context snapshot of ', h(Text, { key: 'title' }, title || packKey)] },
    h(Facts, {
      facts: [
        ['Pack', text(packKey)],
        ['Version', text(packVersion)],
        ['Items', number(itemCount)],
        ['Hash', digest(hash)],
        ['Seal', digest(seal)],
        ['Created', h('time', { dateTime: visibleText(createdAt) }, visibleText(createdAt))],
        ['Created by', text(createdBy)],
        ['User', text(userId)],
        ['Requested by', text(requestedBy)],
        ['Reason', text(reason)],
        ['Admitted as', h(Text, null, grant === 'role' ? `${actor} with the role admin` : actor)],
        ['Seal of the snapshot before', digest(parent)],
      ],
    }),
    h(Numbers, { kinds, sources }),
  );
}

export function ContextSnapshotSummary({ summary, ...frame }) {
  if (summary) return h(SummaryView, { ...frame, summary });
  return h(Frame, { ...frame, heading: 'Context snapshot' }, h('p', null, 'There is no snapshot to summarize.'));
}
