// Writes the man page of the command from the definition of its program, so that it says what `--help` says.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Characters that roff would take for something else, or show as another character. */
const ESCAPES = { '\\': '\\(rs', '-': '\\-', "'": '\\(aq', '`': '\\(ga', '^': '\\(ha', '~': '\\(ti', '"': '\\(dq' };

/** Longest line of the source, as linters of man pages want it. */
const WIDTH = 80;

const escaped = (text) => text.replace(/[\\\-'`^~"]/g, (character) => ESCAPES[character]);
const bold = (text) => `.B ${escaped(text)}`;

/** Returns text in lines that are filled; a dot at the beginning of a line would make it a request. */
function filled(text) {
  const lines = [''];
  for (const word of escaped(text).split(' ')) {
    const longer = `${lines.at(-1)} ${word.replace(/^\./, '\\&.')}`.trimStart();
    if (longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word.replace(/^\./, '\\&.'));
  }
  return lines;
}
const sentence = (text) => filled(`${text[0].toUpperCase()}${text.slice(1)}.`);

/** Returns an entry of a list. */
const entry = (term, text) => ['.TP', bold(term), ...sentence(text)];
const example = (lines) => ['.PP', '.EX', ...lines.map((one) => `$ ${escaped(one)}`), '.EE'];

/**
 * Returns the page in the macros of man(7).
 *
 * @param top the program, with all of its verbs
 * @param codes what the exit codes mean, from 0 on
 * @param date of the last release
 */
function manPage(top, codes, date) {
  const help = top.createHelp();
  const verbs = top.commands.filter((command) => command.examples !== undefined);
  const flags = verbs.map((command) => help.visibleOptions(command).map((option) => option.flags));
  const isCommon = ({ flags: one }) => flags.every((list) => list.includes(one));
  const options = (list) => list.flatMap((option) => entry(help.optionTerm(option), help.optionDescription(option)));
  const name = top.name();
  const about = help.commandDescription(top);
  const page = [
    // Without stretched spaces, which could be taken for a part of a command.
    `.TH ${escaped(name.toUpperCase())} 1 ${date} "${escaped(`${name} ${top.version()}`)}" "User Commands"`,
    ...['.ad l', '.SH NAME', ...filled(`${name} - ${about[0].toLowerCase()}${about.slice(1, -1)}`)],
    ...['.SH SYNOPSIS', bold(help.commandUsage(top))],
    ...example(top.examples),
  ];
  let group;
  for (const command of help.visibleCommands(top)) {
    // `help` has no group.
    if (command.helpGroup() !== '' && command.helpGroup() !== group) {
      group = command.helpGroup();
      page.push(`.SH ${escaped(group.replace(/:$/, '').toUpperCase())}`);
    }
    page.push(`.SS ${escaped(help.subcommandTerm(command))}`, ...sentence(help.subcommandDescription(command)));
    page.push(...options(help.visibleOptions(command).filter((option) => !isCommon(option))));
    if (command.examples !== undefined) page.push(...example(command.examples));
  }
  page.push('.SH OPTIONS OF EVERY VERB', ...options(help.visibleOptions(verbs[0]).filter(isCommon)));
  page.push('.SH OPTIONS WITHOUT A VERB', ...options(help.visibleOptions(top)));
  page.push('.SH EXIT STATUS', ...codes.flatMap((meaning, code) => entry(String(code), meaning)));
  return `${page.join('\n')}\n`;
}

/** @param script the bundled definition of the program */
export async function writeManPage(root, script) {
  const { program, withCompletion, exitCodes } = await import(pathToFileURL(script));
  const [, date] = /^## \[\d.*\] - (\d{4}-\d\d-\d\d)$/m.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  const folder = join(root, 'pkg/man');
  mkdirSync(folder, { recursive: true });
  const top = withCompletion(program(() => {}));
  writeFileSync(join(folder, `${top.name()}.1`), manPage(top, exitCodes, date));
}
