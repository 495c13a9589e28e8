// Starts the worker's script, which is beside this one. Bundlers recognize exactly this expression.

export const start = () => new Worker(new URL('./preview-worker.js', import.meta.url), { type: 'module' });
