// The entry of a server-side rendering framework: a function that renders a page.
import * as api from './api.js';
import { run } from './checks.js';

export const render = async () => JSON.stringify(await run(api));
