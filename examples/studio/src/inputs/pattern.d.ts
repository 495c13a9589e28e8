// Declares the one file of the command that the page shares: patterns of folders (FOLDER 2.2) must take the same files everywhere.

declare module '*/pkg/src/cli/folder/pattern.js' {
  export function readPattern(text: string, seesDot: boolean): { matches(path: string): boolean };
}
