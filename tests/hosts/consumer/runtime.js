import * as main from '@lssm-tech/lib.context-snapshot';
import * as runtime from '@lssm-tech/lib.context-snapshot/runtime';
import { handle } from './handlers.js';

console.log(JSON.stringify(await handle(main, runtime)));
