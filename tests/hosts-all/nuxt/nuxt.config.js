export default {
  compatibilityDate: '2026-04-01',
  telemetry: false,
  // For presets that are not Node.js (`cloudflare_module`): Nitro knows modules of WebAssembly only then.
  nitro: { experimental: { wasm: true } },
};
