const api = require('./consumer/api.cjs');
const { run } = require('./consumer/checks.cjs');

run(api).then((outcome) => console.log(JSON.stringify(outcome)));
