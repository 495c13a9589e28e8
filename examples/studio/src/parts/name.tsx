// Shows text of a pack inside of a sentence or a cell: what cannot be seen is written out, and its direction changes nothing around it.

import { visibleText } from '@lssm-tech/lib.context-snapshot/react';

/** No more than this is shown of a name; rows and headings cut it further. */
const MOST = 1000;

export const visible = (text: string): string => visibleText(text, MOST);

export const Name = ({ children: text, className }: { readonly children: string; readonly className?: string }) => (
  <bdi className={className}>{visible(text)}</bdi>
);
