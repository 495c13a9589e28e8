// A Cloudflare worker.
import * as api from './api.js';
import { run } from './checks.js';

export default {
  fetch() {
    return Response.json(run(api));
  },
};
