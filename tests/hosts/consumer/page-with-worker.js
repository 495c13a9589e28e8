// A page that runs the checks in a worker, in the notation that bundlers recognize.
const worker = new Worker(new URL('./page-worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data }) => {
  globalThis.outcome = data;
});
