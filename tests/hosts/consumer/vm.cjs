// The checks where two realms meet: the package in a context of node:vm, values and `WebAssembly` from this or from that.

const { readFileSync } = require('node:fs');
const { createContext, runInContext } = require('node:vm');
const checks = require('./checks.cjs');

const NAME = '@lssm-tech/lib.context-snapshot';
/** What every host of JavaScript has, and a new context has not. */
const hosts = { TextDecoder, TextEncoder, atob, btoa };

/** Loads CommonJS scripts in a context of their own, each with its own copy of what is not given. */
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
    // Random numbers, and nothing that hashes: what a page has that is not from a secure context.
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
