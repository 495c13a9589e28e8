// Nitro knows modules of WebAssembly only if it is told so. For Node.js it need not.
const forCloudflare = { experimental: { wasm: true } };

export default {
  compatibilityDate: '2026-04-01',
  telemetry: false,
  nitro: process.env.NITRO_PRESET === 'cloudflare_module' ? forCloudflare : {},
};
