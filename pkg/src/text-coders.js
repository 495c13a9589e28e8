// `TextDecoder` and `TextEncoder`, which every host that runs the module has, but not every realm: that of jest with jsdom in
// Node is without. The build puts these in the place of the globals. They are undefined in engines that have nothing of the
// kind (QuickJS, an AudioWorklet): the import works, and the first call throws what is missing (`module/inlined.js`).
const util = () => globalThis.process?.getBuiltinModule?.('node:util');
const Decoder = globalThis.TextDecoder ?? util()?.TextDecoder;
const Encoder = globalThis.TextEncoder ?? util()?.TextEncoder;

export { Decoder as TextDecoder, Encoder as TextEncoder };
