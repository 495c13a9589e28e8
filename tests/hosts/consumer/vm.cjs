// The checks where two realms meet: the package in a context of node:vm, values and `WebAssembly` from this or from that.

const { readFileSync } = require('node:fs');
const { createContext, runInContext } = require('node:vm');
const checks = require('./checks.cjs');

/** A CommonJS script in a context that has what every host of JavaScript has. */
function load(file, globals) {
  const context = createContext({ crypto, TextDecoder, ...globals });
  const module = { exports: {} };
  const code = readFileSync(require.resolve(file), 'utf8');
  runInContext(`(function (module, exports) {${code}\n})`, context)(module, module.exports);
  return module.exports;
}

const outcomes = [{}, { WebAssembly }].flatMap((globals) => {
  const api = load('@lssm-tech/lib.context-snapshot', globals);
  return [checks.run(api), load('./checks.cjs', globals).run(api)];
});
console.log(
  JSON.stringify({
    checks: Math.min(...outcomes.map(({ checks }) => checks)),
    failures: outcomes.flatMap(({ failures }) => failures),
  }),
);
