// FORMAT 7.2, FORMAT 10 and ERRORS 6: values that contain themselves, values nested too deeply, and the form of paths.

import { cycle, shown, tooDeep, wrong } from '../messages.js';
import { item } from '../parts.js';
import { js } from './values.js';

const asked = (metadata) => ({ packKey: 'shop.handbook', metadata });
const nan = (path) => wrong(path, 'JSON value', 'NaN');
const array = (levels) => js('nested', { levels, of: 'array' });
/** The issue of a value one level too deep, `levels` levels inside another. */
const inside = (path, name, levels) => tooDeep(shown(path + `.${name}`.repeat(levels)));
/** Makes metadata with one wrong member, whose name is `unit` repeated. */
const named = (unit, times) => asked(js('members', { entries: [[js('text', { unit, times }), js('NaN')]] }));

export default [
  ...[1000, 5000].map((levels) => ({
    rules: 'F10-1, E4-4',
    name: `content of ${levels.toLocaleString('en')} levels`,
    rule: 'FORMAT 10',
    ctx: { items: [item('a', { content: js('nested', { levels }) })] },
    issues: [inside('items.0.content', 'a', 999)],
  })),
  {
    rules: 'F10-5, F10-7',
    name: 'arrays of 999 levels inside content',
    rule: 'FORMAT 10',
    ctx: { items: [item('a', { content: { x: array(999) } })] },
    issues: [inside('items.0.content.x', '0', 998)],
  },
  {
    name: 'item metadata of 1,000 levels',
    rule: 'FORMAT 10',
    ctx: { items: [item('a', { metadata: js('nested', { levels: 1000 }) })] },
    issues: [inside('items.0.metadata', 'a', 999)],
  },
  {
    name: 'input metadata of 1,000 levels',
    rule: 'FORMAT 10',
    input: asked(js('nested', { levels: 1000 })),
    issues: [inside('metadata', 'a', 999)],
  },
  {
    rules: 'F7.2-3, E4.1-4',
    name: 'an object that contains itself',
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a', { content: js('cycle') })] },
    issues: [cycle('items.0.content.self', 'items.0.content')],
  },
  {
    name: 'an object that contains itself, in metadata',
    rule: 'FORMAT 7.2',
    input: asked({ round: js('cycle') }),
    issues: [cycle('metadata.round.self', 'metadata.round')],
  },
  {
    name: 'an array that contains itself',
    rule: 'FORMAT 7.2',
    ctx: { items: [item('a', { metadata: { round: js('array cycle') } })] },
    issues: [cycle('items.0.metadata.round.0', 'items.0.metadata.round')],
  },
  {
    rules: 'E6-2',
    name: 'each value that is too deep is reported',
    rule: 'ERRORS 6',
    ctx: {
      items: [
        item('a', { content: { a: js('cycle'), b: [array(999), array(997)] } }),
        item('b', { sourceKey: 'wiki/a', content: js('cycle') }),
      ],
    },
    issues: [
      cycle('items.0.content.a.self', 'items.0.content.a'),
      inside('items.0.content.b.0', '0', 997),
      cycle('items.1.content.self', 'items.1.content'),
    ],
  },
  {
    rules: 'E6.2-3',
    name: 'a path of 256 units',
    rule: 'ERRORS 6.2',
    input: named('n', 247),
    issues: [nan(`metadata.${'n'.repeat(247)}`)],
  },
  ...[248, 300].map((length) => ({
    name: `a path of ${length + 9} units`,
    rule: 'ERRORS 6.2',
    input: named('n', length),
    issues: [nan(`metadata.${'n'.repeat(119)}…${'n'.repeat(127)}`)],
  })),
  {
    name: 'a long path is cut between UTF-16 units, even inside a character',
    rule: 'ERRORS 6.2',
    input: named('😀', 200),
    issues: [nan(`metadata.${'😀'.repeat(59)}\ufffd…\ufffd${'😀'.repeat(63)}`)],
  },
  {
    rules: 'E6-1',
    name: 'dots in names are not escaped',
    rule: 'ERRORS 6',
    input: asked({ 'a.b': { '': { 'c.': js('NaN') } } }),
    issues: [nan('metadata.a.b..c.')],
  },
  {
    rules: 'E5-5',
    name: 'numeric names come first, as JavaScript lists them',
    rule: 'ERRORS 5',
    input: asked({ 10: js('NaN'), 9: js('NaN'), b: js('NaN'), a: js('NaN') }),
    issues: ['9', '10', 'b', 'a'].map((name) => nan(`metadata.${name}`)),
  },
  {
    name: 'a member called __proto__',
    rule: 'FORMAT 7.1',
    input: asked({ ['__proto__']: { x: js('NaN') } }),
    issues: [nan('metadata.__proto__.x')],
  },
];
