import * as api from './api.js';
import { run } from './checks.js';

run(api).then((outcome) => console.log(JSON.stringify(outcome)));
