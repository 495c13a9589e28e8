// What a server-side rendering framework has bundled: a function that makes a page.
import * as api from './api.js';
import { run } from './checks.js';

export const render = async () => JSON.stringify(await run(api));
