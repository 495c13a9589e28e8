// Shows the queues in a browser, with bull-board: `REDIS_URL=… node board.mjs`. Only this machine can open it, and nothing can be changed there.

import { pathToFileURL } from 'node:url';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import express from 'express';
import { connect, openQueues } from './flow.mjs';

/** Starts the server. Returns its address, and how to stop it. */
export async function startBoard({ shares, seals }, port = 0) {
  const serverAdapter = new ExpressAdapter();
  const queues = [seals, shares].map((queue) => new BullMQAdapter(queue, { readOnlyMode: true }));
  createBullBoard({ queues, serverAdapter });
  const app = express();
  // A page of strangers can give its own name the address of this machine, and then read what the server says under that name.
  app.use(({ headers: { host }, socket: { localPort } }, response, next) =>
    [`127.0.0.1:${localPort}`, `localhost:${localPort}`].includes(host) ? next() : response.sendStatus(403),
  );
  app.use('/', serverAdapter.getRouter());
  const server = app.listen(port, '127.0.0.1');
  await new Promise((resolve, reject) => {
    server.once('listening', resolve).once('error', reject);
  });
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => {
      server.close(resolve);
    });
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await startBoard(openQueues(connect(process.env.REDIS_URL)), Number(process.env.PORT ?? 3000));
  console.log(url);
}
