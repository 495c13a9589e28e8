// A page that calls `require`, which only works with a bundler.
const api = require('./api.cjs');
const { run } = require('./checks.cjs');

run(api).then((outcome) => {
  globalThis.outcome = outcome;
});
