// The one Trusted Types policy of the page: it lets the page start its own worker, and nothing else.
//
// Why the default policy: the worker is started by the package, with the address that the bundler gave it. How: an address is let through if it is in
// the folder of the page's own scripts. There is no `createHTML` and no `createScript`, so the browser refuses both.

interface Factory {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: Factory };
const own = import.meta.url.replace(/[^/]*$/, '');

trustedTypes?.createPolicy('default', {
  createScriptURL(address) {
    if (new URL(address, document.baseURI).href.startsWith(own)) return address;
    throw new TypeError(`Not a script of this page: ${address}`);
  },
});
