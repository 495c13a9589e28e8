// Starts servers and a worker, writes their process ids to stdout, and waits to be killed.

import { startRig } from '../../../examples/large-pack/rig.mjs';

const rig = await startRig();
const worker = await rig.startWorker();
console.log(JSON.stringify([rig.redis.pid(), rig.postgres.pid, worker.pid]));
setInterval(() => {}, 1000);
