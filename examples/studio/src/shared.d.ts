// Declares the files of the command that the page shares: the rules of folders (FOLDER 2) must take the same files everywhere.

declare module '*/pkg/src/cli/folder/rules.js' {
  interface Rule {
    readonly files: string;
    readonly kind: string;
    readonly as?: 'text' | 'json' | 'digest' | undefined;
    readonly optional?: boolean | undefined;
  }
  interface Config {
    readonly pack: import('@lssm-tech/lib.context-snapshot').ContextPackRecord;
    readonly include: readonly Rule[];
    readonly exclude: readonly string[];
    readonly eol: 'lf' | 'keep';
    readonly binary: 'digest' | 'skip' | 'refuse';
  }
  interface Compiled extends Omit<Config, 'include' | 'exclude'> {
    ruleFor(path: string): Rule | undefined;
  }
  export const CONFIG: string;
  export const FOLDER: string;
  export function assertNoRuleIsEmpty(
    config: Compiled,
    files: readonly { readonly path: string; readonly rule: Rule }[],
  ): void;
  export function compiled(config: Config): Compiled;
  export function defaultPack(name: string): Config['pack'];
  export function defaultRules(pack: Config['pack']): Config;
}

declare module '*/pkg/src/cli/folder/checked.js' {
  type Config = Parameters<typeof import('../../../pkg/src/cli/folder/rules.js').compiled>[0];
  export function checked(value: unknown, fail: (path: readonly (string | number)[], message: string) => never): Config;
}
