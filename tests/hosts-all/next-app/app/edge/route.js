import { render } from '../../consumer/server.js';

export const runtime = 'edge';
export const GET = async () => new Response(await render());
