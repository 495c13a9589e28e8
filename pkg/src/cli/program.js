// The verbs of the command, their options and their help.
//
// How: each verb names the script that does its work, which is loaded when it runs, so `--help` starts fast.

import { Command, InvalidArgumentError, Option } from 'commander';
import { version } from '#package';
import { FORMS } from './inputs/forms.js';
import { inert, visible } from './shown.js';
import { digest, filled, filledList, once, text, time } from './values.js';

/** What the exit codes mean, from 0 on. */
export const exitCodes = [
  'yes, or done',
  'the answer is no',
  'misuse of the command',
  'refused by policy',
  'bad input: a file, a line, a config',
  'input or output failed: disk, permission',
];

const FORMATS = ['md', 'github'];
const AUDIT = 'For audits and pipelines:';

/** Adds examples and exit codes to the end of a help; `command.examples` keeps them for the man page. An example with a pipe is written out. */
function end(command, lines) {
  command.examples = lines.map((line) => `${line.includes(' | ') ? '' : 'context-snapshot '}${line}`);
  const indented = (texts) => texts.map((text) => `  ${text}\n`).join('');
  const examples = indented(command.examples.map((line) => `$ ${line}`));
  const codes = indented(exitCodes.map((meaning, code) => `${code} ${meaning}`));
  command.addHelpText('after', `\nExamples:\n${examples}\nExit codes:\n${codes.trimEnd()}`);
}
const option = (flags, description, parse = text) => new Option(flags, description).argParser(once(parse));
const formats = () =>
  new Option('--format <form>', 'Markdown for a pull request, or annotations and step summary of GitHub Actions')
    .choices(FORMATS)
    .conflicts('json');
const from = () =>
  new Option('--from <form>', 'form of the items, if the name of the file does not say it').choices(FORMS);

/** Encodings of `--tokens`, the default first. */
const ENCODINGS = ['o200k_base', 'cl100k_base'];
const tokens = () =>
  new Option('--tokens [encoding]', `count tokens, too, with the package gpt-tokenizer (default: ${ENCODINGS[0]})`)
    .choices(ENCODINGS)
    .conflicts(['porcelain', 'nul']);

/**
 * Returns the arguments of a command line with the default of `--tokens` written out: its value comes after `=` only, so that the argument
 * behind it stays one.
 */
export function argumentsOf(argv) {
  const end = argv.indexOf('--');
  return argv.map((one, at) => (one === '--tokens' && (end < 0 || at < end) ? `--tokens=${ENCODINGS[0]}` : one));
}

const secrets = () => new Option('--allow-secrets', 'take files that seem to hold keys or tokens');

const who = (command) =>
  command
    .addOption(
      new Option('--actor <kind>', 'who acts; only an admin may snapshot')
        .choices(['anonymous', 'user', 'admin'])
        .default('admin'),
    )
    .addOption(option('--user <name>', 'who you are (default: the address that git knows, or the login)'))
    .addOption(option('--reason <text>', 'why the snapshot is taken'))
    .addOption(option('--parent <seal>', 'seal of the previous snapshot', digest))
    .addOption(option('--idem-key <key>', 'the same key gives the same identifier'))
    .addOption(option('--now <time>', 'when it is taken, RFC 3339 (default: the clock)', time));

const trusted = (command) =>
  command
    .addOption(option('--expect-hash <digest>', 'trusted hash', digest))
    .addOption(option('--expect-seal <digest>', 'trusted seal', digest));

/**
 * Makes the program.
 *
 * @param run is called as `run(load, name, args, options)`: `load` imports the script of the verb, whose export `name` does the work
 */
export function program(run) {
  const top = new Command('context-snapshot')
    .description('Locks what AI agents work from, shows what changed, and verifies it months later.')
    .version(version, '-V, --version')
    .helpOption('-h, --help', 'show help')
    .showHelpAfterError('(add --help for all options)')
    .showSuggestionAfterError()
    // Arguments may be names of files that a shell has found.
    .configureOutput({ outputError: (message, write) => write(inert(visible(message))) })
    .configureHelp({ optionTerm: ({ flags }) => flags.replace(' [', '[=') })
    .enablePositionalOptions();
  top.helpCommand('help [command]', 'show help of a command');
  // The library would show the help of everything.
  top.on('beforeAllHelp', ({ command }) => {
    const [name] = top.args.filter((one) => one !== 'help' && !one.startsWith('-'));
    if (command === top && name !== undefined) top.error(`error: unknown command '${name}'`);
  });
  end(top, ['lock docs', 'status', 'diff --words', 'verify --expect-hash "$HASH"']);

  const verb = (group, usage, description, name, load, ...lines) => {
    const command = top.command(usage).description(description).helpGroup(group);
    for (const argument of command.registeredArguments) argument.argParser(argument.variadic ? filledList : filled);
    command.option('--json', 'write JSON, one object per line').option('-q, --quiet', 'no remarks and no progress');
    command.addOption(
      new Option('--color <when>', 'when to use colour').choices(['auto', 'always', 'never']).default('auto'),
    );
    command.option('--debug', 'show where an error comes from');
    end(command, lines);
    command.action((...args) => {
      args.pop();
      const options = args.pop();
      return run(load, name, args, options);
    });
    return command;
  };
  const daily = (...args) => verb('Every day:', ...args);
  const audit = (...args) => verb(AUDIT, ...args);

  daily(
    'init [dir]',
    'write context-pack.json after looking at what is there',
    'init',
    () => import('./verbs/init.js'),
    'init',
    'init docs',
  );
  who(
    daily(
      'lock [dir]',
      'snapshot a folder and write context.lock.json',
      'lock',
      () => import('./verbs/lock.js'),
      'lock docs',
      'lock --reason "release 7"',
      'lock --dry-run',
    )
      .option('-n, --dry-run', 'show what would be locked, and write nothing')
      .addOption(secrets())
      .addOption(tokens()),
  );
  daily(
    'status [dir]',
    'compare a folder with its lock: A added, M modified, D deleted, R renamed; exit 1 if they differ',
    'status',
    () => import('./verbs/status.js'),
    'status',
    'status docs --porcelain',
    'status --format github',
  )
    .option('-w, --watch', 'repeat after each change, until Ctrl-C')
    .addOption(
      new Option('--porcelain', 'lines for scripts, which never change their form').conflicts(['json', 'format']),
    )
    .addOption(
      new Option('-z, --nul', 'like --porcelain, with names as they are and U+0000 after each').conflicts([
        'json',
        'format',
      ]),
    )
    .addOption(tokens())
    .addOption(formats());
  daily(
    'diff [from] [to]',
    'what changed: folder and lock, two locks, or two snapshots; a lock may be named by 7 digits of its seal or hash',
    'diff',
    () => import('./verbs/diff.js'),
    'diff',
    'diff --words',
    'diff old/context.lock.json context.lock.json --stat',
    'diff 7e1fecf',
  )
    .option('--stat', 'sizes instead of lines')
    .option('--words', 'changed words instead of lines')
    .addOption(option('-U, --lines <count>', 'lines around a change (default: 3)', count).conflicts(['stat', 'words']))
    .option('--exit-code', 'exit 1 if they differ')
    .addOption(tokens().implies({ stat: true }).conflicts('words'))
    .addOption(formats());
  trusted(
    daily(
      'verify [target]',
      'verify a folder against its lock, or a stored snapshot; exit 1 if it does not verify. Without a trusted value it is at best consistent, not anchored, and that is exit 0',
      'verify',
      () => import('./verbs/verify.js'),
      'verify --expect-hash "$HASH"',
      'verify snapshots/42 --expect-seal "$SEAL"',
      'verify --attestation lock.dsse.json --key release.pub.pem',
    ),
  )
    .option('--require-anchor', 'exit 1 also if no trusted value was given')
    .addOption(option('--items <file>', 'items of a record, as JSON lines (- for standard input)'))
    .addOption(option('--attestation <file>', 'signed statement about the snapshot'))
    .addOption(option('--key <pem>', 'public key that you trust'));
  daily(
    'log [dir]',
    'list the chain of locks, newest first, and check it; exit 1 if it is broken',
    'log',
    () => import('./verbs/log.js'),
    'log',
    'log docs -n 5',
  )
    .addOption(option('-n, --limit <count>', 'list at most this many', count))
    .addOption(option('--expect-seal <digest>', 'trusted seal of the newest', digest));
  daily(
    'show [snapshot] [item]',
    'show a summary in Markdown, or one item; both may be named by 7 digits of a digest',
    'show',
    () => import('./verbs/show.js'),
    'show',
    'show guides/install.md',
    'show old/context.lock.json guides/install.md',
    'show 7e1fecf guides/install.md',
  ).addOption(tokens());
  daily(
    'studio [dir]',
    'show a folder, its lock and its history in a page of your browser, until Ctrl-C; nothing can be changed there',
    'studio',
    () => import('./verbs/studio.js'),
    'studio',
    'studio docs --port 8080',
  ).addOption(option('--port <number>', 'port of 127.0.0.1 (default: any that is free)', port));

  who(
    audit(
      'create [items...]',
      'snapshot a pack file and items (JSON lines, a JSON list, or standard input)',
      'create',
      () => import('./verbs/create.js'),
      'create --pack pack.json items.jsonl --out snapshots/42',
      'create --pack pack.json --mcp "npx my-server" --out snapshots/tools',
      'export-items | context-snapshot create --pack pack.json -',
    )
      .addOption(option('--pack <file>', 'the pack: packKey, version, title').makeOptionMandatory())
      .addOption(from())
      .addOption(secrets())
      .addOption(option('--allow-empty', 'make a snapshot even if there are no items'))
      .addOption(option('--mcp <command>', 'declarations of the MCP server that this command starts'))
      .addOption(
        option(
          '-o, --out <dir>',
          'folder for record.json, items.jsonl and event.json (default: the record on standard output)',
        ),
      ),
  );
  audit(
    'preview [target]',
    'what lock or create would make, with all problems; exit 1 if there are any',
    'preview',
    () => import('./verbs/preview.js'),
    'preview docs',
    'preview items.jsonl --pack pack.json',
  )
    .addOption(option('--pack <file>', 'the pack of a file of items'))
    .addOption(from())
    .addOption(secrets())
    .addOption(tokens())
    .addOption(option('--against <lock>', 'lock to compare with (default: that of the folder)'));
  audit(
    'prove <item>',
    'prove that an item is in a lock, or that it is not',
    'prove',
    () => import('./verbs/prove.js'),
    'prove guides/install.md > proof.json',
  )
    .addOption(option('--absent', 'prove that no item has this id'))
    .addOption(option('--without-items', 'with --absent: leave out the texts of the two items beside it'))
    .addOption(option('--lock <dir>', 'folder of the lock'));
  audit(
    'check-proof <file>',
    'check a proof; exit 1 if it does not hold',
    'checkProof',
    () => import('./verbs/prove.js'),
    'check-proof proof.json --expect-hash "$HASH"',
    'check-proof absent.json --expect-hash "$HASH" --absent salaries.md',
  )
    .addOption(option('--expect-hash <digest>', 'trusted hash', digest).makeOptionMandatory())
    .addOption(option('--item <file>', 'the item as JSON (default: the one in the proof)'))
    .addOption(option('--absent <item>', 'the item that the proof shows to be absent').conflicts('item'))
    .addOption(option('--trust-ids', 'take the ids of a proof of absence without items as they are'));
  audit(
    'attest [target]',
    'sign an in-toto statement about a lock or a snapshot (DSSE)',
    'attest',
    () => import('./verbs/attest.js'),
    'attest --key release.pem > lock.dsse.json',
  )
    .addOption(option('--key <pem>', 'private key: Ed25519, or ECDSA over P-256').makeOptionMandatory())
    .addOption(option('--keyid <name>', 'name of the key, so that others find it'));
  audit(
    'check-attestation <file>',
    'check a signed statement; exit 1 if it does not hold',
    'checkAttestation',
    () => import('./verbs/attest.js'),
    'check-attestation lock.dsse.json --key release.pub.pem',
  )
    .addOption(option('--key <pem>', 'public key that you trust').makeOptionMandatory())
    .addOption(option('--keyid <name>', 'name of the key: a signature with another name does not count'))
    .addOption(option('--expect-hash <digest>', 'trusted hash', digest));
  audit(
    'hash [file]',
    'SHA-256 of the canonical form (RFC 8785) of JSON',
    'hash',
    () => import('./verbs/hash.js'),
    'hash settings.json',
    'hash - < settings.json',
  );
  audit(
    'canonicalize [file]',
    'canonical form (RFC 8785) of JSON',
    'canonicalize',
    () => import('./verbs/hash.js'),
    'canonicalize settings.json',
  );
  return top;
}

/** Adds a line about `completion` to the help; the verb itself is in a script of its own. */
export function withCompletion(command) {
  command
    .command('completion <shell>')
    .description('write the completion script for zsh, bash, fish or powershell')
    .helpGroup(AUDIT);
  return command;
}

/** Reads a whole number. */
function count(value) {
  text(value);
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(value);
}

/** Reads a port. */
function port(value) {
  const number = count(value);
  if (number < 1 || number > 65_535) throw new InvalidArgumentError('It must be a port: 1 to 65535.');
  return number;
}
