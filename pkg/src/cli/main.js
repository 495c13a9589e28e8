// The command `context-snapshot`: runs a verb, and turns what it returns or throws into an exit code.

import { EXIT, failureOf } from './failure.js';
import { argumentsOf, program, withCompletion } from './program.js';
import { Terminal, watchOutput } from './terminal.js';

watchOutput();

async function run(load, name, args, options) {
  const terminal = new Terminal(options);
  try {
    const { [name]: work } = await load();
    process.exitCode = await work(...args, options, terminal);
  } catch (error) {
    const failure = failureOf(error);
    terminal.error(failure.message);
    if (options.debug) process.stderr.write(`${(failure.cause ?? failure).stack}\n`);
    process.exitCode = failure.exit;
  }
}

/** The verb `completion`, and the calls of the scripts that it writes. */
const isCompletion = ['completion', 'complete'].includes(process.argv[2]);
const command = isCompletion ? program(run) : withCompletion(program(run));
if (isCompletion) (await import('./completion.js')).addCompletion(command);
for (const one of [command, ...command.commands]) one.exitOverride();
try {
  await command.parseAsync(argumentsOf(process.argv));
} catch (error) {
  // Help and version end like this as well.
  process.exitCode = error.exitCode === 0 ? EXIT.yes : EXIT.misuse;
}
