// Adds what jsdom lacked at that time; listed in jest's `setupFiles`.
Object.defineProperty(globalThis, 'crypto', { value: require('node:crypto').webcrypto });
