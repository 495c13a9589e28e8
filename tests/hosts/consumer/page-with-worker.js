// A page that leaves it to a worker, as bundlers want it written.
const worker = new Worker(new URL('./page-worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data }) => {
  globalThis.outcome = data;
});
