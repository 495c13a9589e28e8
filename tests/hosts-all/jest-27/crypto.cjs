// What jsdom had not yet: in jest's `setupFiles`.
Object.defineProperty(globalThis, 'crypto', { value: require('node:crypto').webcrypto });
