// Serves the Studio to the browser of whoever started it, and to nobody else.
//
// Why so strict: every page that the user visits can send requests to 127.0.0.1, and every user of the machine can connect to it. How: the address
// has a secret in its path, which no other page knows and no cookie repeats; only the names of the loopback interface are taken as `Host`, so
// that no name of a stranger can be pointed here; requests that other pages make are refused; and a path is looked up in a table, never
// in the file system.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { HEADERS } from '#studio-headers';
import { EXIT, Failure, failureOf } from '../failure.js';

const LOOPBACK = '127.0.0.1';
const NAMES = [LOOPBACK, 'localhost'];
const TYPES = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
};

/** The headers of every answer. The page may ask this server for the folder's data; nothing else is added to its own policy. */
const ALWAYS = {
  ...HEADERS,
  'content-security-policy': `${HEADERS['content-security-policy']}; connect-src 'self'`,
  'cache-control': 'no-store',
};

const hash = (text) => createHash('sha256').update(text).digest();
const refusal = (status, text) => ({ status, end: 'txt', body: `${text}\n` });

/** Returns the answer to a request: its status, the ending that says its type, and its body. */
function answerTo({ method, url, headers }, { table, secret, hosts }) {
  if (!hosts.includes(headers.host)) return refusal(403, 'This server answers to 127.0.0.1 and localhost only.');
  const { origin = `http://${headers.host}`, 'sec-fetch-site': site = 'none' } = headers;
  if (origin !== `http://${headers.host}` || !['none', 'same-origin'].includes(site))
    return refusal(403, 'Another page asked for this. Type or paste the address yourself.');
  if (method !== 'GET' && method !== 'HEAD') return refusal(405, 'Only GET and HEAD: nothing can be changed here.');
  const [, given, name] = /^\/([^/?]*)\/([^?]*)/.exec(url) ?? [];
  const read = given !== undefined && timingSafeEqual(hash(given), hash(secret)) ? table.get(name) : undefined;
  if (read === undefined) return refusal(404, 'Not here. The whole address is the one that the command printed.');
  try {
    return { status: 200, end: (name || 'index.html').split('.').at(-1), body: read() };
  } catch (error) {
    return { status: 500, end: 'json', body: JSON.stringify({ problem: failureOf(error).message }) };
  }
}

/**
 * Starts to serve.
 *
 * @param table a map from names, '' for the page, to functions that return the content
 * @param port the port, or 0 for any that is free
 * @returns `address`, which has the secret, and `stop()`
 */
export async function startServer(table, port) {
  const secret = randomBytes(24).toString('base64url');
  let hosts = [];
  const server = createServer((request, response) => {
    const { status, end, body } = answerTo(request, { table, secret, hosts });
    const content = Buffer.from(body);
    response.writeHead(status, {
      ...ALWAYS,
      'content-type': TYPES[end],
      'content-length': content.length,
      ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    });
    response.end(content);
  });
  await new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(error, port)));
    server.listen({ port, host: LOOPBACK }, resolve);
  });
  // As browsers write it: without the port if it is 80.
  hosts = NAMES.map((name) => new URL(`http://${name}:${server.address().port}`).host);
  return {
    address: `http://${hosts[0]}/${secret}/`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listenFailure(error, port) {
  const words = { EADDRINUSE: 'is in use', EACCES: 'needs more rights' }[error.code];
  if (words === undefined) return failureOf(error);
  return new Failure(EXIT.io, `The port ${port} ${words}; choose another one, or leave --port out`, { cause: error });
}
