// Adds to jsdom what browsers have and it lacks, from Node; listed in jest's `setupFiles`.
const { webcrypto } = require('node:crypto');
const { TextDecoder, TextEncoder } = require('node:util');

for (const [name, value] of Object.entries({ crypto: webcrypto, TextDecoder, TextEncoder })) {
  Object.defineProperty(globalThis, name, { value });
}
