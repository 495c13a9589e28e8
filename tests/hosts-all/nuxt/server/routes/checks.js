import { render } from '../../consumer/server.js';

export default async () => new Response(await render());
