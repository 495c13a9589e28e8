import { render } from './consumer/server.js';

export const config = { matcher: '/middleware' };
export const middleware = async () => new Response(await render());
