// Runs the checks across two realms: the package in a context of node:vm, with values and `WebAssembly` from either realm.

const { readFileSync } = require('node:fs');
const { createContext, runInContext } = require('node:vm');
const checks = require('./checks.cjs');

const NAME = '@lssm-tech/lib.context-snapshot';
/** Globals that every host of JavaScript has, but a new context lacks. */
const hosts = { TextDecoder, TextEncoder, atob, btoa };

/** Loads CommonJS scripts in a new context. Globals that are not passed are the context's own. */
function realm(globals) {
  const context = createContext({ ...hosts, ...globals });
  return (file) => {
    const module = { exports: {} };
    const code = readFileSync(require.resolve(file), 'utf8');
    runInContext(`(function (module, exports) {${code}\n})`, context)(module, module.exports);
    return module.exports;
  };
}

async function outcomesOf(globals, options) {
  const load = realm(globals);
  const api = {
    ...load(NAME),
    contractAlone: load(`${NAME}/contract`).contract,
    SnapshotErrorAlone: load(`${NAME}/errors`).SnapshotError,
    withoutWebAssembly: load(`${NAME}/verify`),
  };
  return [await checks.run(api, options), await load('./checks.cjs').run(api, options)];
}

async function main() {
  const outcomes = [
    ...(await outcomesOf({ crypto })),
    ...(await outcomesOf({ crypto, WebAssembly })),
    // Random numbers, but no hash functions, as in a page that is not a secure context.
    ...(await outcomesOf(
      { crypto: { getRandomValues: (bytes) => crypto.getRandomValues(bytes) } },
      { hasWebCrypto: false },
    )),
  ];
  console.log(
    JSON.stringify({
      checks: Math.min(...outcomes.map(({ checks }) => checks)),
      failures: outcomes.flatMap(({ failures }) => failures),
    }),
  );
}

main();
