import { render } from '../../../consumer/server.js';

export const GET = async () => new Response(await render());
