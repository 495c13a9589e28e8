import * as api from './api.js';
import { run } from './checks.js';

console.log(JSON.stringify(run(api)));
