const api = require('./api.cjs');
const { run } = require('./checks.cjs');

console.log(JSON.stringify(run(api)));
