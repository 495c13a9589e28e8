// The whole bill as tables: one for each corpus, a row for each figure, a column for each engine with its version.

import { corpora } from './corpus.js';

const FIGURES = [
  ['composition / snapshot', 'composition', 2],
  ['composition with items and index / everything read', 'stored', 2],
  ['the same, its items copied', 'storedCopied', 2],
  ['everything read / snapshot', 'everything', 2],
  ['stored as text / snapshot', 'asText', 2],
  ['1 % changed, the rest frozen / snapshot', 'frozen', 3],
  ['verify: JSON.parse, verifySnapshot, MB/s', 'verifyParsed', 0],
  ['verify: stored text, MB/s', 'verifyText', 0],
  ['verify: stored bytes, MB/s', 'verifyBytes', 0],
  ['native SHA-256 of the same bytes, MB/s', 'digest', 0],
  ['lines of text / JSON.parse and snapshot', 'lines', 2],
  ['lines as bytes / the same', 'lineBytes', 2],
  ['snapshot / JSON.stringify', 'json', 2],
  ['snapshot / the least (bench/least.js)', 'least', 2],
  ['composition / the least', 'compositionLeast', 2],
];

const shown = (spread, digits) => (spread ? spread.median.toFixed(digits) : '–');

/** Returns the tables: `{ title, rows }`. */
export function bill(parts, names) {
  const measured = names.filter((name) => parts[name]);
  const column = (make) => Object.fromEntries(measured.map((name) => [parts[name].engine, make(parts[name].results)]));
  const tables = Object.entries(corpora)
    .filter(([corpus]) => measured.some((name) => parts[name].results[corpus]))
    .map(([corpus, { title }]) => ({
      title,
      rows: [
        { figure: 'snapshot, ms', ...column((of) => shown(of[corpus]?.results[0].milliseconds, 2)) },
        ...FIGURES.map(([figure, name, digits]) => ({
          figure,
          ...column((of) => shown(of[corpus]?.bill[name], digits)),
        })),
        { figure: 'rounds', ...column((of) => String(of[corpus]?.rounds ?? '–')) },
      ],
    }));
  const others = [
    { figure: 'previewPack of 50,000 frozen, one changed, ms', ...column((of) => shown(of.preview?.frozen, 1)) },
    {
      figure: 'the same, against the earlier snapshot, ms',
      ...column((of) => shown(of.preview?.['frozen, against the earlier'], 1)),
    },
    { figure: 'previewPack of 50,000 unfrozen, ms', ...column((of) => shown(of.preview?.unfrozen, 1)) },
    { figure: 'first proof from an index of 1,000,000, s', ...column((of) => of.proof?.ours.toFixed(2) ?? '–') },
  ];
  const engines = Object.values(parts.runtimes?.results ?? {}).map(({ engine, milliseconds, overNode26 }) => ({
    engine,
    'snapshot, ms': shown(milliseconds, 2),
    'over Node 26': shown(overNode26, 2),
  }));
  return [
    ...tables,
    ...(measured.length > 0 ? [{ title: 'Large packs', rows: others }] : []),
    ...(engines.length > 0 ? [{ title: 'Engines, 1,000 mixed items, alternating processes', rows: engines }] : []),
  ];
}
