// Runs the checks in a worker thread, while the main thread has an instance of its own.
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import * as api from './api.js';
import { run } from './checks.js';

const outcome = await run(api);
if (isMainThread) new Worker(new URL(import.meta.url)).on('message', (message) => console.log(JSON.stringify(message)));
else parentPort.postMessage(outcome);
