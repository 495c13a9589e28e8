// A page that requires, which bundlers alone make possible.
const api = require('./api.cjs');
const { run } = require('./checks.cjs');

globalThis.outcome = run(api);
