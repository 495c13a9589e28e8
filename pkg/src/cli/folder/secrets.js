// Notices a few kinds of keys and tokens by the exact forms that their makers gave them.
//
// This is no scanner: it knows a short list, and anything else goes unnoticed. It only keeps the most common accident out of a snapshot that
// cannot be changed afterwards.

const KINDS = [
  ['a private key', '-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----'],
  ['an access key of AWS', '\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b'],
  ['a token of GitHub', '\\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{80,})'],
  ['a token of GitLab', '\\bglpat-[0-9A-Za-z_-]{20}'],
  ['a token of npm', '\\bnpm_[0-9A-Za-z]{36}\\b'],
  ['a token of Slack', '\\bxox[abprs]-[0-9A-Za-z-]{20,}'],
  ['a key of Stripe', '\\b[rs]k_live_[0-9A-Za-z]{20,}'],
  ['a key of Google', '\\bAIza[0-9A-Za-z_-]{35}'],
  ['a key of Anthropic', '\\bsk-ant-[0-9A-Za-z_-]{20,}'],
  ['a key of OpenAI', '\\bsk-proj-[0-9A-Za-z_-]{20,}'],
];
const ANY = new RegExp(KINDS.map(([, form]) => `(${form})`).join('|'));

/** Returns what a text seems to hold, and where, or undefined. */
export function secretIn(text) {
  const found = ANY.exec(text);
  if (found === null) return undefined;
  const before = text.slice(0, found.index).split('\n');
  const what = KINDS[found.slice(1).findIndex((group) => group !== undefined)][0];
  return { what, place: { line: before.length, column: before.at(-1).length + 1 } };
}
