// The headers that the page is served with. One place, because the page states its policy itself, too (a host of static files may set no
// headers), and `docs/STUDIO.md` repeats them for hosts that can.
//
// Nothing is loaded from elsewhere and nothing is sent: there is no `connect-src`. Scripts are those of the page; WebAssembly is compiled from
// bytes inside of them. With Trusted Types, a text of a pack cannot become HTML or a script even if the page had such a mistake.

const directives = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'default',
};

export const POLICY = Object.entries(directives)
  .map((directive) => directive.join(' '))
  .join('; ');

/** `frame-ancestors` works in a header only. */
export const HEADERS = {
  'content-security-policy': `${POLICY}; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
