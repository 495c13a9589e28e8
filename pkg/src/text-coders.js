// `TextDecoder` and `TextEncoder`, which every host has, but not every realm: that of jest with jsdom in Node is without.
// The build puts these in the place of the globals.
const util = () => globalThis.process.getBuiltinModule('node:util');
const Decoder = globalThis.TextDecoder ?? util().TextDecoder;
const Encoder = globalThis.TextEncoder ?? util().TextEncoder;

export { Decoder as TextDecoder, Encoder as TextEncoder };
