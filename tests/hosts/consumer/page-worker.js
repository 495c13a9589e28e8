import * as api from './api.js';
import { run } from './checks.js';

postMessage(run(api));
