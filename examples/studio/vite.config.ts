// Builds the page into target/studio: static files with relative addresses, so that they work in any folder of any host.

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { HEADERS, POLICY } from './policy.ts';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  // The package has React as a peer. It is installed beside the workspace, so its own look-up would not find this page's copy.
  resolve: { dedupe: ['react', 'react-dom'] },
  build: {
    outDir: fileURLToPath(new URL('../../target/studio', import.meta.url)),
    emptyOutDir: true,
    // docs/STUDIO.md, Browsers.
    target: ['chrome123', 'firefox127', 'safari17.5'],
    // A polyfill would be bytes for browsers that cannot run the page anyway. Data addresses are not allowed by the policy.
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_, dependencies, { hostType }) => (hostType === 'html' ? dependencies : []),
    },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      // `./react` says "use client" for frameworks that render on servers. This page has no server.
      onLog: (level, log, handle) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  worker: { format: 'es' },
  preview: { host: '127.0.0.1', headers: HEADERS },
  plugins: [
    {
      // The code that loads what a view depends on before the view: all of it is there soon, because once something is open, all views are loaded.
      name: 'no-preload-helper',
      apply: 'build',
      enforce: 'pre',
      load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : undefined),
    },
    {
      name: 'content-security-policy',
      apply: 'build',
      transformIndexHtml: () => [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'content-security-policy', content: POLICY },
          injectTo: 'head-prepend',
        },
      ],
    },
  ],
});
