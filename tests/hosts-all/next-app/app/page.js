// A server component.
import { render } from '../consumer/server.js';

export const dynamic = 'force-dynamic';

export default async function Page() {
  return <pre>{await render()}</pre>;
}
