// FORMAT 5.1 and ERRORS 4.3: texts that are not times, and times out of range.

import { inSeconds, noTime, outOfRange, wrong } from '../messages.js';
import { item } from '../parts.js';
import { cites } from '../rules.js';
import { js, NO_DATE, PROXY_OF_DATE } from './values.js';

const NO_TIMES = [
  ...['', 'now', '2027', '2027-06', '2027-06-15', '2027-06-15T08:30', '2027-06-15T08:30:00', '2027-06-15T08:30:00.250'],
  ...['2027-06-15T08:30Z', '2027-06-15 08:30:00Z', '2027-06-15_08:30:00Z', '2027-06-15T08:30:00 Z'],
  ...[' 2027-06-15T08:30:00Z', '2027-06-15T08:30:00Z ', '2027-06-15T08:30:00Z\n', '2027-06-15T08:30:00.Z'],
  ...['2027-06-15T08:30:00,250Z', '2027-06-15T08:30:00.-1Z', '2027-06-15T08:30:00.2 Z', '2027-06-15T08:30:00+0100'],
  ...['2027-06-15T08:30:00+01', '2027-06-15T08:30:00+1:00', '2027-06-15T08:30:00+01:0', '2027-06-15T08:30:00+24:00'],
  ...['2027-06-15T08:30:00+01:60', '2027-06-15T08:30:00\u221201:00', '2027-06-15T08:30:00ZZ'],
  ...['2027-06-15T08:30:00Z+01:00', '2027-06-15T08:30:00GMT', '2027-06-15T08:30:00+-1:00'],
  ...['2027-06-15T08:30:00+01:-1', '2027-00-15T08:30:00Z', '2027-13-15T08:30:00Z', '2027-06-00T08:30:00Z'],
  ...['2027-06-31T08:30:00Z', '2027-02-29T08:30:00Z', '2100-02-29T08:30:00Z', '2028-02-30T08:30:00Z'],
  ...['2027-06-15T24:00:00Z', '2027-06-15T08:60:00Z', '2027-06-15T08:30:60Z', '2016-12-31T23:59:60Z'],
  '2027-06-15T08:30:99Z',
];
const OUT_OF_RANGE = [
  ...['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.9999Z', '1970-01-01T00:30:00+01:00', '0001-01-01T00:00:00Z'],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-00:01'],
];
const OTHER_FORMS = [
  ...['10000-01-01T00:00:00Z', '+002027-06-15T08:30:00Z', '-002027-06-15T08:30:00Z', '27-06-15T08:30:00Z'],
  ...['2027-6-15T08:30:00Z', '2027-06-5T08:30:00Z', '2027-06-15T8:30:00Z', '2027/06/15T08:30:00Z'],
  ...['20270615T083000Z', '2027-W24-2T08:30:00Z', '2027-166T08:30:00Z', 'Tue, 15 Jun 2027 08:30:00 GMT'],
  ...['1813048200', '2027-06-15T08:30:00.\uff11Z', '\uff12027-06-15T08:30:00Z', '+027-06-15T08:30:00Z'],
  ...['2027-+6-15T08:30:00Z', '2027-06-15T+8:30:00Z'],
];
/** The parts that a text lacks to be a time. */
const MISSING = {
  '2027-06-15': 'the time, the offset',
  '2027-06-15T08:30': 'the seconds, the offset',
  '2027-06-15T08:30:00': 'the offset',
  '2027-06-15T08:30:00.250': 'the offset',
  '2027-06-15T08:30Z': 'the seconds',
};
const isNoTime = (text) => (path) => noTime(path, MISSING[text]);
const TEXTS = [
  ...NO_TIMES.map((text) => [text, isNoTime(text)]),
  ...OUT_OF_RANGE.map((text) => [text, outOfRange]),
  ...OTHER_FORMS.map((text) => [text, isNoTime(text)]),
];
const BEHIND_9999 = 253402300800000;
const at = (value) => js('Date', { value });
const about = (itemId, createdAt) => item(itemId, { sourceKey: 'wiki/a', content: 'All about a.', createdAt });
const now = (name, value, issue) => ({
  name: `now is ${name}`,
  rule: 'ERRORS 4.3',
  ctx: { now: value },
  issues: [issue],
});
const noDate = (received) => wrong('now', 'date', received);

export default [
  ...TEXTS.map(([text, issue]) => ({
    rules: 'F5.1-2, F5.1-4, F13-9, F13-11, E4-8, E4-10',
    name: `now ${JSON.stringify(text)}`,
    rule: issue === outOfRange ? 'FORMAT 13' : 'FORMAT 5.1',
    ctx: { now: text },
    issues: [issue('now')],
  })),
  {
    rules: 'E4.3-1',
    name: 'createdAt of items: texts that are not times',
    rule: 'ERRORS 4.3',
    ctx: { items: TEXTS.map(([text], position) => about(`i${position}`, text)) },
    issues: TEXTS.map(([, issue], position) => issue(`items.${position}.createdAt`)),
  },
  cites('E4-9'),
  now('0', 0, inSeconds('now')),
  now('99999999999', 99_999_999_999, inSeconds('now')),
  cites('F5.1-4, E4-10'),
  now('-1', -1, outOfRange('now')),
  now('a millisecond after 9999', BEHIND_9999, outOfRange('now')),
  now('1e20', 1e20, outOfRange('now')),
  now('-1e20', -1e20, outOfRange('now')),
  cites('F10-4, E4-10'),
  now('a Date of 1969', at(-1), outOfRange('now')),
  now('a Date of 10000', at(BEHIND_9999), outOfRange('now')),
  cites('E4.1-2'),
  now('Date no date', NO_DATE, noDate('Invalid Date')),
  ...['NaN', 'Infinity', '-Infinity', 'bigint'].map((kind) => now(kind, js(kind), noDate(kind))),
  now('true', true, noDate('boolean')),
  now('{}', {}, noDate('object')),
  now('["2027-06-15T08:30:00Z"]', ['2027-06-15T08:30:00Z'], noDate('array')),
  now('proxy Date 0', PROXY_OF_DATE, noDate('Date')),
];

export const OF_ITEMS = [
  {
    name: 'createdAt of items: values of other types, and out of range',
    rule: 'ERRORS 4.3',
    ctx: {
      items: [NO_DATE, js('NaN'), 1, at(-1), at(BEHIND_9999)].map((value, position) => about(`i${position}`, value)),
    },
    issues: [
      ...['Invalid Date', 'NaN', 'number'].map((received, position) =>
        wrong(`items.${position}.createdAt`, 'date', received),
      ),
      outOfRange('items.3.createdAt'),
      outOfRange('items.4.createdAt'),
    ],
  },
];
