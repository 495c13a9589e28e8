// Draws a treemap: areas in proportion to bytes.
//
// Why buttons instead of SVG: their text is cut with an ellipsis, they have the keyboard and the focus ring of the browser, and forced colours. How:
// d3-hierarchy computes the rectangles in percent.

import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';
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

interface Node {
  readonly cell?: Cell;
  readonly group?: string;
  readonly children?: readonly Node[];
}

/** Percent of the width; the picture is twice as wide as high. */
const WIDTH = 200;
const HEIGHT = 100;

/** Whether a cell has room for its name. */
const isLarge = (width: number, height: number) => width > 5 && height > 9;

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
    const children = [...groups].map(([group, members]) => ({ group, children: members.map((cell) => ({ cell })) }));
    const root = hierarchy<Node>({ children }, (node) => node.children)
      .sum((node) => Math.max(1, node.cell?.bytes ?? 0))
      .sort((left, right) => (right.value ?? 0) - (left.value ?? 0));
    const layout = treemap<Node>().tile(treemapSquarify).size([WIDTH, HEIGHT]).paddingInner(0.3).paddingOuter(0.2);
    const order = [...groups.keys()].sort();
    return layout(root)
      .leaves()
      .map(({ x0, x1, y0, y1, data, parent }) => {
        const shade = order.indexOf(parent?.data.group ?? '') % 6;
        return { cell: data.cell as Cell, shade, left: x0 / 2, top: y0, width: (x1 - x0) / 2, height: y1 - y0 };
      });
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
          aria-label={isLarge(width, height) ? undefined : `${cell.label}: ${cell.detail}, ${bytes(cell.bytes)}`}
          onClick={() => onChoose(cell.key === chosen ? '' : cell.key)}
          style={{ left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` }}
        >
          {isLarge(width, height) && (
            <>
              <Name>{cell.label}</Name> {height > 16 && <small>{bytes(cell.bytes)}</small>}
            </>
          )}
        </button>
      ))}
    </fieldset>
  );
}
