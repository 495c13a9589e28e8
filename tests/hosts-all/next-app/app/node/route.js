import { render } from '../../consumer/server.js';

export const dynamic = 'force-dynamic';
export const GET = async () => new Response(await render());
