// `completion`: writes the script that a shell needs to complete verbs and options; the script calls `complete`, which is not for people.

import tab from '@bomb.sh/tab/commander';

/** Adds both to a program. */
export const addCompletion = (command) => tab(command, { completionCommandName: 'completion' });
