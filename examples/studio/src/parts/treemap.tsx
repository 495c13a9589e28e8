// Draws a treemap: areas in proportion to bytes.
//
// Why buttons instead of SVG: their text is cut with an ellipsis, they have the keyboard and the focus ring of the browser, and forced colours. How:
// d3-hierarchy divides a rectangle, in percent: first among the groups, then each group among its cells. The stylesheet hides what has no room.

import { treemapSquarify } from 'd3-hierarchy';
import { useMemo } from 'react';
import { bytes } from '../words.ts';
import { Name } from './name.tsx';

export interface Cell {
  readonly key: string;
  /** Cells of one group stand together. */
  readonly group: string;
  readonly label: string;
  readonly bytes: number;
  readonly detail: string;
}

/** Percent of the width; the picture is twice as wide as high. */
const WIDTH = 200;
const HEIGHT = 100;

/** Space around a rectangle. */
const MARGIN = 0.15;

interface Box {
  readonly value: number;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Divides a box by the values of parts, which get their places, the largest first. */
function divide<Part extends { readonly value: number }>({ x0, y0, x1, y1 }: Omit<Box, 'value'>, parts: Part[]) {
  const children = parts.sort((left, right) => right.value - left.value);
  const value = sumOf(children);
  treemapSquarify({ value, children } as never, x0, y0, x1, y1);
  return children as (Part & Box)[];
}
const sumOf = (parts: readonly { readonly value: number }[]) => parts.reduce((sum, { value }) => sum + value, 0);

/** Leaves a margin in a box, as far as it has room. */
function inset({ x0, y0, x1, y1 }: Omit<Box, 'value'>): Omit<Box, 'value'> {
  const [x, y] = [Math.min(MARGIN, (x1 - x0) / 2), Math.min(MARGIN, (y1 - y0) / 2)];
  return { x0: x0 + x, y0: y0 + y, x1: x1 - x, y1: y1 - y };
}

export function Treemap({
  cells,
  chosen,
  label,
  onChoose,
}: {
  readonly cells: readonly Cell[];
  readonly chosen: string;
  readonly label: string;
  readonly onChoose: (key: string) => void;
}) {
  const leaves = useMemo(() => {
    const groups = Map.groupBy(cells, ({ group }) => group);
    const order = [...groups.keys()].sort();
    const parts = [...groups].map(([group, members]) => {
      const leaves = members.map((cell) => ({ cell, value: Math.max(1, cell.bytes) }));
      return { shade: order.indexOf(group) % 6, leaves, value: sumOf(leaves) };
    });
    return divide({ x0: 0, y0: 0, x1: WIDTH, y1: HEIGHT }, parts).flatMap(({ shade, leaves, ...box }) =>
      divide(inset(box), leaves).map(({ cell, ...place }) => {
        const { x0, y0, x1, y1 } = inset(place);
        return { cell, shade, left: x0 / 2, top: y0, width: (x1 - x0) / 2, height: y1 - y0 };
      }),
    );
  }, [cells]);
  return (
    <fieldset className="treemap">
      <legend className="hidden">{label}</legend>
      {leaves.map(({ cell, shade, left, top, width, height }) => (
        <button
          type="button"
          key={cell.key}
          className={`cell shade-${shade}`}
          aria-pressed={cell.key === chosen}
          title={`${cell.label}: ${cell.detail}, ${bytes(cell.bytes)}`}
          aria-label={`${cell.label} ${bytes(cell.bytes)}, ${cell.detail}`}
          onClick={() => onChoose(cell.key === chosen ? '' : cell.key)}
          style={{ left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` }}
        >
          <Name>{cell.label}</Name> <small>{bytes(cell.bytes)}</small>
        </button>
      ))}
    </fieldset>
  );
}
