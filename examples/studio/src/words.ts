// Writes numbers, and texts of strangers, for people.

const counts = new Intl.NumberFormat('en');
const UNITS = ['B', 'kB', 'MB', 'GB'];

export const count = (value: number): string => counts.format(value);
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Writes bytes with at most three digits: `947 B`, `12.4 kB`. */
export function bytes(value: number): string {
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Shortens a digest to what people compare at a glance. */
export const short = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);

export const time = (iso: string): string => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');

/** Writes bytes as hexadecimal digits. */
export const hex = (value: ArrayBuffer): string =>
  Array.from(new Uint8Array(value), (byte) => byte.toString(16).padStart(2, '0')).join('');
