// A page. Where it is not from a secure context, browsers give it no Web Crypto.
import * as api from './api.js';
import { run } from './checks.js';

run(api, { hasWebCrypto: isSecureContext }).then((outcome) => {
  globalThis.outcome = outcome;
});
