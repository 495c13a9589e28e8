import { render } from './consumer/server.js';

export default { fetch: async () => new Response(await render()) };
