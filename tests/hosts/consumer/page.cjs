// A page that requires, which bundlers alone make possible.
const api = require('./api.cjs');
const { run } = require('./checks.cjs');

run(api).then((outcome) => {
  globalThis.outcome = outcome;
});
