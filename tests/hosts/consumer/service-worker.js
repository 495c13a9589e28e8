import * as api from './api.js';
import { run } from './checks.js';

const outcome = run(api);
addEventListener('message', (event) => {
  event.waitUntil(outcome.then((outcome) => event.source.postMessage(outcome)));
});
