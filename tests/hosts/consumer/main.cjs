const api = require('./api.cjs');
const { run } = require('./checks.cjs');

run(api).then((outcome) => console.log(JSON.stringify(outcome)));
