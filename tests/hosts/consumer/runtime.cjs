const main = require('@lssm-tech/lib.context-snapshot');
const runtime = require('@lssm-tech/lib.context-snapshot/runtime');

import('./handlers.js').then(({ handle }) => handle(main, runtime)).then((found) => console.log(JSON.stringify(found)));
