// All actions by name: Ctrl-K.
//
// Why the dialog of the browser: it keeps the focus inside, gives it back, and closes with Escape, without a library. How: a combobox whose list is
// filtered by words in any order (WAI-ARIA Authoring Practices, "Combobox").

import { useEffect, useRef, useState } from 'react';
import { texts } from '../texts.ts';

export interface Action {
  readonly name: string;
  readonly hint?: string | undefined;
  readonly run: () => void;
}

interface PaletteProps {
  readonly actions: readonly Action[];
  readonly onClose: () => void;
}

export function Palette({ open, ...props }: PaletteProps & { readonly open: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    else if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label={texts.palette.label}
      onCancel={props.onClose}
      onClose={(event) => {
        // The event comes late: by then a user may have opened the dialog again.
        if (!event.currentTarget.open) props.onClose();
      }}
    >
      {open && <Choices {...props} />}
    </dialog>
  );
}

/** What is in the dialog while it is open: each time it begins anew, before the first key. */
function Choices({ actions, onClose }: PaletteProps) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const words = query.toLowerCase().split(/\s+/);
  const found = actions.filter(({ name, hint }) => {
    const text = `${name} ${hint ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const chosen = Math.min(at, found.length - 1);
  useEffect(() => {
    document.getElementById(`action-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const run = (action: Action | undefined) => {
    if (action === undefined) return;
    onClose();
    action.run();
  };
  return (
    <>
      <input
        role="combobox"
        aria-label={texts.palette.label}
        aria-expanded="true"
        aria-controls="actions"
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? `action-${chosen}` : undefined}
        placeholder={texts.palette.placeholder}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt((chosen + 1) % Math.max(1, found.length));
          else if (event.key === 'ArrowUp') setAt((chosen + found.length - 1) % Math.max(1, found.length));
          else if (event.key === 'Enter') run(found[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <div id="actions" role="listbox" aria-label={texts.palette.label}>
        {found.map((action, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the combobox
          <div
            key={action.name}
            id={`action-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => run(action)}
            onPointerMove={() => setAt(index)}
          >
            <span>{action.name}</span>
            <small>{action.hint}</small>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="empty">{texts.palette.nothing}</p>}
    </>
  );
}
