// Hands a text to the browser as a file.

export function download(name: string, text: string, type = 'application/json'): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has the file when the click returns, but some read the address a moment later.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Makes a name of a file from a name of a pack. */
export const fileName = (packKey: string, ending: string): string =>
  `${packKey.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80) || 'pack'}${ending}`;
