// A Cloudflare worker.
import * as api from './api.js';
import { run } from './checks.js';

export default {
  async fetch() {
    return Response.json(await run(api));
  },
};
