// `TextDecoder`, which every host has, but not every realm: that of jest with jsdom in Node is without. The build puts
// this in the place of the global.
const Decoder = globalThis.TextDecoder ?? globalThis.process.getBuiltinModule('node:util').TextDecoder;

export { Decoder as TextDecoder };
