import * as api from './api.js';
import { run } from './checks.js';

const outcome = run(api);
addEventListener('message', ({ source }) => source.postMessage(outcome));
