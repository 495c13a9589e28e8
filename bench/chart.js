// Draws the chart: the time of the compositions relative to ours, for each corpus, in Node 26 and in Chromium.
//
// How: ECharts renders SVG on the server. The chart has its own background, because pages show it on white and on black.
// It uses no fonts except the reader's default.

import * as echarts from 'echarts';
import { corpora } from './corpus.js';
import { fastest, variantOf } from './goals.js';

const WIDTH = 960;
const HEIGHT = 760;
const FONT = 'sans-serif';
const INK = '#1f2933';
const FAINT = '#6b7785';

const SERIES = [
  { name: 'crypto.hash; SubtleCrypto', hashes: ['crypto.hash', 'SubtleCrypto'], color: '#2f6fde' },
  { name: 'hash-wasm', hashes: ['hash-wasm'], color: '#e08a1e' },
  { name: '@noble/hashes', hashes: ['@noble/hashes'], color: '#8a4fbf' },
  { name: 'in Rust, sha2', hashes: ['sha2'], color: '#2b9a66' },
  { name: 'JSON.stringify alone', color: '#9aa5b1' },
];

/** Returns the ratio of a series on a corpus: that of its fastest composition, or of its only variant. */
function ratio(part, corpus, { name, hashes }) {
  if (!hashes) return variantOf(part, corpus, name)?.ratio.median;
  return fastest(part, corpus, hashes)?.ratio.median;
}

/** Draws the parts of Node 26 and of Chromium as SVG. */
export function chart(parts) {
  const names = Object.keys(corpora).filter((name) => parts.node26?.results[name] ?? parts.chromium?.results[name]);
  const hosts = [
    { title: parts.node26?.engine ?? 'Node 26', part: parts.node26, left: 150, width: 355 },
    { title: parts.chromium?.engine ?? 'Chromium', part: parts.chromium, left: 560, width: 355 },
  ];
  const ratios = hosts.flatMap(({ part }) =>
    names.flatMap((name) => SERIES.map((series) => ratio(part, name, series) ?? 0)),
  );
  // Both hosts share one scale, with room for the label of the longest bar.
  const longest = 2 * Math.ceil((Math.max(1, ...ratios) * 1.08) / 2);
  const text = { fontFamily: FONT, fontSize: 12, color: INK };
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: text,
    title: [
      {
        text: 'Time of other ways to compute the same hash, relative to snapshotPack',
        subtext:
          'zod 4, the canonicalizer that is fastest on the corpus, and the SHA-256 of that colour; or serde in Rust. The line is snapshotPack.',
        left: 20,
        top: 14,
        textStyle: { ...text, fontSize: 16 },
        subtextStyle: { ...text, color: FAINT },
      },
      ...hosts.map(({ title, left }) => ({
        text: title,
        left,
        top: 104,
        padding: 0,
        textStyle: { ...text, fontSize: 14 },
      })),
    ],
    legend: { left: 25, top: 70, padding: 0, itemGap: 40, itemWidth: 14, itemHeight: 10, textStyle: text },
    grid: hosts.map(({ left, width }) => ({ left, width, top: 130, bottom: 34 })),
    xAxis: hosts.map((_, gridIndex) => ({
      gridIndex,
      type: 'value',
      min: 0,
      max: longest,
      minInterval: 1,
      axisLabel: { ...text, color: FAINT },
      splitLine: { lineStyle: { color: '#e4e7eb' } },
    })),
    yAxis: hosts.map((_, gridIndex) => ({
      gridIndex,
      type: 'category',
      inverse: true,
      data: names.map((name) => corpora[name].title),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: FAINT } },
      axisLabel: { ...text, show: gridIndex === 0 },
    })),
    series: hosts.flatMap(({ part }, host) =>
      SERIES.map((series, at) => ({
        type: 'bar',
        name: series.name,
        xAxisIndex: host,
        yAxisIndex: host,
        color: series.color,
        barWidth: 12,
        barGap: '20%',
        data: names.map((name) => ratio(part, name, series) ?? null),
        label: {
          ...text,
          fontSize: 11,
          // Keeps the label readable if the line crosses it.
          backgroundColor: 'rgba(255, 255, 255, 0.8)',
          show: true,
          position: 'right',
          formatter: ({ value }) => (value === null || value === undefined ? '' : value.toFixed(1)),
        },
        ...(at === 0 && {
          markLine: {
            silent: true,
            // Draws the line behind the labels of the bars.
            z: 1,
            symbol: 'none',
            lineStyle: { color: INK, type: 'solid', width: 1.5 },
            label: { show: false },
            data: [{ xAxis: 1 }],
          },
        }),
      })),
    ),
  });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return `${svg}\n`;
}
