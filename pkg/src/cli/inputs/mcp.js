// Reads what an MCP server declares, over its standard input and output: tools, resources, templates of resources, prompts.
//
// Why: what a tool says of itself is a part of what an agent works from, and a changed description changes what the agent does. So the whole
// declaration is an item, as the server wrote it; resources are not read. How: JSON-RPC, a message a line, as the protocol has it
// (https://modelcontextprotocol.io, transport stdio). Messages are read strictly.

import { spawn } from 'node:child_process';
import { canonicalizeJson } from '@lssm-tech/lib.context-snapshot';
import { parseCanonical } from '#json';
import { name, version } from '#package';
import { EXIT, Failure, failureOf } from '../failure.js';
import { shown, worded } from '../shown.js';
import { cut } from './lines.js';

const PROTOCOL = '2025-06-18';
const MOST_SECONDS = 60;
const MOST_PAGES = 10_000;
/** What can be listed: capability, method, member of the result, kind, and the member that names an entry. */
const LISTS = [
  ['tools', 'tools/list', 'tools', 'contract', 'name'],
  ['resources', 'resources/list', 'resources', 'external', 'uri'],
  ['resources', 'resources/templates/list', 'resourceTemplates', 'external', 'uriTemplate'],
  ['prompts', 'prompts/list', 'prompts', 'knowledge', 'name'],
];

/** Most characters of a server's words in a message. */
const MOST_WORDS = 256;
const bounded = (text) => worded(text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text);

class Server {
  constructor(command) {
    this.command = command;
    this.waiting = new Map();
    this.next = 1;
    this.process = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'] });
    this.process.on('error', (error) => this.fail(`cannot be started: ${error.message}`));
    this.process.on('exit', (code, signal) => this.fail(`ended (${code ?? signal}) before it had answered`));
    this.process.stdin.on('error', () => {});
    this.read();
  }

  async read() {
    try {
      for await (const batch of cut(this.process.stdout, 'the server'))
        for (const { bytes } of batch) this.receive(bytes);
    } catch (error) {
      this.fail(`wrote what is not a message: ${failureOf(error).message}`);
    }
  }

  fail(what) {
    this.failure ??= new Failure(EXIT.input, `The server ${shown(this.command)} ${what}`);
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }

  receive(line) {
    let message;
    try {
      message = parseCanonical(canonicalizeJson(line));
    } catch (error) {
      this.fail(`wrote a line that is not a message: ${bounded(error.issues?.[0]?.message ?? error.message)}`);
      return;
    }
    const { id, result, error, method } = message ?? {};
    if (method !== undefined) {
      // A request of the server; a list needs none of them.
      if (id !== undefined) this.send({ id, error: { code: -32601, message: 'Not supported' } });
      return;
    }
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error !== undefined)
      waiting?.reject(
        new Failure(EXIT.input, `The server refused ${waiting.method}: ${bounded(String(error?.message))}`),
      );
    else waiting?.resolve(result ?? {});
  }

  send(message) {
    this.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  request(method, params) {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, method });
      this.send({ id, method, params });
    });
  }

  stop() {
    this.process.removeAllListeners('exit');
    this.process.stdin.end();
    this.process.kill();
  }
}

/** Returns an item for each declaration of the server that a command starts. */
export async function mcpDeclarations(command) {
  const server = new Server(command);
  const clock = setTimeout(() => server.fail(`has not answered within ${MOST_SECONDS} s`), MOST_SECONDS * 1000);
  try {
    const params = { protocolVersion: PROTOCOL, capabilities: {}, clientInfo: { name, version } };
    const { serverInfo, capabilities, instructions } = await server.request('initialize', params);
    server.send({ method: 'notifications/initialized' });
    const sourceKey = typeof serverInfo?.name === 'string' && serverInfo.name !== '' ? serverInfo.name : 'mcp';
    const about = {
      serverInfo: serverInfo ?? {},
      capabilities: capabilities ?? {},
      ...(instructions === undefined ? {} : { instructions }),
    };
    const items = [{ itemId: 'server', kind: 'contract', sourceKey, content: about }];
    for (const [capability, method, member, kind, named] of LISTS) {
      if (capabilities?.[capability] === undefined) continue;
      for (const content of await list(server, method, member)) {
        if (typeof content?.[named] !== 'string')
          throw new Failure(EXIT.input, `The server's list ${member} has an entry without ${named}`);
        items.push({ itemId: `${member}/${content[named]}`, kind, sourceKey, content });
      }
    }
    return items;
  } finally {
    clearTimeout(clock);
    server.stop();
  }
}

async function list(server, method, member) {
  const all = [];
  let cursor;
  for (let page = 0; page < MOST_PAGES; page++) {
    const result = await server.request(method, cursor === undefined ? {} : { cursor });
    if (!Array.isArray(result[member]))
      throw new Failure(EXIT.input, `The server's answer to ${method} has no list ${member}`);
    // One by one: a call takes only so many arguments.
    for (const entry of result[member]) all.push(entry);
    cursor = result.nextCursor;
    if (cursor === undefined || cursor === null) return all;
  }
  throw new Failure(EXIT.input, `The server's list ${method} has more than ${MOST_PAGES} pages`);
}
