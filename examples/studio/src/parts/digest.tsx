// Shows a digest, and copies it.

import { say } from '../say.ts';
import { texts } from '../texts.ts';
import { short } from '../words.ts';

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(texts.copied(what));
  } catch {
    say(texts.notCopied);
  }
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <button type="button" className="copy" onClick={() => copy(text, what)} aria-label={texts.copy(what)}>
      {texts.copyShort}
    </button>
  );
}

/** @param whole true if all 64 digits are shown */
export function Digest({
  digest,
  what,
  whole = false,
}: {
  readonly digest: string;
  readonly what: string;
  readonly whole?: boolean;
}) {
  return (
    <span className="digest">
      <code title={digest}>{whole ? digest : short(digest)}</code>
      <CopyButton text={digest} what={what} />
    </span>
  );
}
