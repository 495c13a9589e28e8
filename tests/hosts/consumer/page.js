// A page.
import * as api from './api.js';
import { run } from './checks.js';

globalThis.outcome = run(api);
