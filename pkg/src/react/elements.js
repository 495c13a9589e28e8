// Parts that all components are made of: text that cannot do harm, digests, headings, tables.

import { createElement as h } from 'react';

const PREFIX = 'context-snapshot-';
/**
 * Characters that cannot be seen, or that change the direction of writing. Emoji and some scripts need the joiners U+200C and U+200D, and
 * emoji U+FE0F.
 */
const UNSEEN = /[^\P{Cc}\t\n]|[^\P{Cf}\u200c\u200d]|(?!\ufe0f)[^\P{DI}\u200c\u200d]|[\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Most UTF-16 units of a text. */
const MOST_TEXT = 300;

/** Returns the class of a part, and the one that a caller adds. */
export const classOf = (part, more) => (more ? `${PREFIX}${part} ${more}` : `${PREFIX}${part}`);

export function visibleText(text, max = MOST_TEXT) {
  const whole = String(text);
  const half = Math.floor((max - 1) / 2);
  const short = whole.length <= max ? whole : `${whole.slice(0, half)}…${whole.slice(whole.length - half)}`;
  return short.replace(UNSEEN, (one) => `\\u{${one.codePointAt(0).toString(16)}}`);
}

/** Shows text of a pack, whose direction does not change the text around it. */
export const Text = ({ children, max }) => h('bdi', null, visibleText(children, max));

export const DigestText = ({ digest, className }) =>
  h('code', { className: classOf('digest', className), title: visibleText(digest) }, visibleText(digest));

export const Button = (props) => h('button', { type: 'button', ...props });

/** A button that looks like a link, because it stands in a table or a list. */
export const LinkButton = (props) => h(Button, { className: classOf('link'), ...props });

export const Heading = ({ level = 2, under = 0, ...props }) =>
  level === 0 ? null : h(`h${Math.min(level + under, 6)}`, { className: classOf('heading'), ...props });

/** Writes a number with groups of three digits, in every locale. */
export const number = (value) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** Writes a count with its noun. */
export const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Shows `[name, value]` pairs; those without a value are left out. */
export const Facts = ({ facts }) =>
  h(
    'dl',
    { className: classOf('facts') },
    facts
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => h('div', { key: name }, h('dt', null, name), h('dd', null, value))),
  );

/**
 * Shows a table.
 *
 * @param columns `{ name, of, isNumber }`: a header, what a row has in it, and whether it is aligned as a number; the first names the row
 */
export const Table = ({ caption, columns, rows, keyOf }) =>
  h(
    'div',
    { className: classOf('scroll'), role: 'region', 'aria-label': caption, tabIndex: 0 },
    h(
      'table',
      { className: classOf('table') },
      h('caption', null, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          columns.map(({ name, header = name, isNumber, sort }) =>
            h('th', { key: name, scope: 'col', 'aria-sort': sort, className: isNumber && classOf('number') }, header),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((row, at) =>
          h(
            'tr',
            { key: keyOf?.(row) ?? at },
            columns.map(({ name, of, isNumber }, column) =>
              column === 0
                ? h('th', { key: name, scope: 'row' }, of(row))
                : h('td', { key: name, className: isNumber && classOf('number') }, of(row)),
            ),
          ),
        ),
      ),
    ),
  );

/** Shows issues in words. */
export const Issues = ({ issues }) =>
  h(
    'ul',
    { className: classOf('issues') },
    issues.map(({ path, message, itemId }, at) =>
      h(
        'li',
        { key: at },
        path !== '' && h('code', null, visibleText(path)),
        path !== '' && ' ',
        h(Text, null, message),
        itemId !== undefined && h('span', null, ' (', h(Text, null, itemId), ')'),
      ),
    ),
  );

/** Shows what was thrown. */
export const Refusal = ({ error }) =>
  h(
    'div',
    { className: classOf('refusal'), role: 'alert' },
    h(
      'p',
      null,
      error?.title !== undefined && h('strong', null, visibleText(error.title), ': '),
      h(Text, { max: 1000 }, error?.detail ?? error?.message ?? 'The work has failed'),
    ),
    error?.issues !== undefined && error.issues.length > 1 && h(Issues, { issues: error.issues }),
  );

const STEPS = { read: 'Reading', hash: 'Hashing' };

/** Shows how far work has come, with a button to stop it, or to start it again. */
export function Progress({ work: { status, progress, error, cancel, restart }, noun }) {
  const step = STEPS[progress?.step] ?? `Computing the ${noun}`;
  const share = progress?.total > 0 ? progress.done / progress.total : undefined;
  // Announced in steps of a tenth, because a screen reader says each change.
  const tenths = share === undefined ? '' : `, ${Math.floor(share * 10) * 10} percent`;
  return h(
    'div',
    { className: classOf('progress') },
    h(
      'p',
      { role: 'status', 'aria-live': 'polite' },
      status === 'running' && `${step}${tenths}`,
      status === 'done' && `The ${noun} is done`,
      status === 'cancelled' && `The ${noun} was stopped`,
      status === 'idle' && `The ${noun} is not there yet`,
      status === 'failed' && `The ${noun} has failed`,
    ),
    status === 'running' && h('progress', { value: share, max: 1, 'aria-label': step }),
    status === 'running' && h(Button, { onClick: cancel }, 'Stop'),
    (status === 'cancelled' || status === 'failed') && h(Button, { onClick: restart }, 'Try again'),
    status === 'failed' && h(Refusal, { error }),
  );
}
