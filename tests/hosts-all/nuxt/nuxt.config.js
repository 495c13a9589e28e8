// Nitro handles WebAssembly modules only if this is set. Node.js does not need it.
const forCloudflare = { experimental: { wasm: true } };

export default {
  compatibilityDate: '2026-04-01',
  telemetry: false,
  nitro: process.env.NITRO_PRESET === 'cloudflare_module' ? forCloudflare : {},
};
