// What gives jsdom Web Crypto, in `setupFiles`.
Object.defineProperty(globalThis, 'crypto', { value: require('node:crypto').webcrypto });
