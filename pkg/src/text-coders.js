// `TextDecoder` and `TextEncoder`. Every host that runs the module has them, but not every realm: jest with jsdom in Node.js does not. The
// build replaces the globals with these. In engines without them (QuickJS, an AudioWorklet) they are undefined: importing works, and
// the first call says what is missing (`module/inlined.js`).
const util = () => globalThis.process?.getBuiltinModule?.('node:util');
const Decoder = globalThis.TextDecoder ?? util()?.TextDecoder;
const Encoder = globalThis.TextEncoder ?? util()?.TextEncoder;

export { Decoder as TextDecoder, Encoder as TextEncoder };
