// A page. Browsers give it no Web Crypto if it is not a secure context.
import * as api from './api.js';
import { run } from './checks.js';

run(api, { hasWebCrypto: isSecureContext }).then((outcome) => {
  globalThis.outcome = outcome;
});
