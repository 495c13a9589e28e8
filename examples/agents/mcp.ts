// Snapshots for clients of the Model Context Protocol: the operation, its preview and a verification as tools; snapshots and their items as
// resources.
//
// Why the caller is an option: a model chooses the arguments of a tool, so nothing in them may say who is calling. How: the handlers of
// `./runtime` get the caller of the options, and the arguments only as input. A resource is read from the store and verified each time. If one
// byte of its snapshot has changed, all of it is refused. Snapshots of another tenant, or other ones than the run's, are not there. Requests are
// handled one level below the SDK's registration, which neither pages lists nor takes JSON Schemas.

import {
  type Actor,
  type ContextPackSnapshotInput,
  contract,
  digestItem,
  previewPack,
  SnapshotError,
  type SnapshotRecord,
  summarizeSnapshot,
  verifyChain,
} from '@lssm-tech/lib.context-snapshot';
import {
  createPreviewHandler,
  createSnapshotHandler,
  type HandlerContext,
  type SnapshotHandlerOptions,
  verifyStored,
} from '@lssm-tech/lib.context-snapshot/runtime';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type Resource,
  type TextResourceContents,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { loadContext, type Store } from './context.ts';

export interface ContextServerOptions {
  store: Store;
  loadItems: SnapshotHandlerOptions['loadItems'];
  /** Who the caller is, as the launch of the server says. */
  caller: HandlerContext;
  /** If given, no other snapshot can be seen, and this one only with this hash. */
  run?: { contextSnapshotId: string; contextHash: string };
}

/** Resources, and entries of an index, on a page. */
const PAGE = 100;
const RESOURCE_NOT_FOUND = -32002;
const JSON_TYPE = 'application/json';
const URI = /^context-snapshot:\/\/([^/?#]+)(?:\/(summary\.md|items\/[^/?#]+|index\/\d{1,9}))?(?:\?hash=([^&#]+))?$/;

const uriOf = (snapshotId: string, path = '') => `context-snapshot://${encodeURIComponent(snapshotId)}${path}`;

/** Splits a URI. Whatever is not exactly one of ours is not there. */
function parts(uri: string) {
  const [, snapshotId, path = '', hash] = URI.exec(uri) ?? [];
  if (snapshotId === undefined) throw notFound();
  const [kind, name = ''] = path.split('/');
  try {
    return {
      snapshotId: decodeURIComponent(snapshotId),
      kind,
      name: decodeURIComponent(name),
      hash: hash && decodeURIComponent(hash),
    };
  } catch {
    throw notFound();
  }
}

const notFound = () => new SnapshotError({ code: 'NOT_FOUND', detail: 'There is no such snapshot or item' });

/** Returns what a client may know of an error. What drivers say goes to the log: stderr, because stdout is the protocol's. */
function problemOf(error: unknown): SnapshotError {
  const isOurs = error instanceof SnapshotError;
  const unknown = isOurs ? error.cause : error;
  if (unknown !== undefined) console.error(unknown);
  return isOurs ? error : new SnapshotError({ code: 'INTERNAL_ERROR', detail: 'The server could not answer' });
}

/** Runs the handler of a request that has no place for problems in its result. */
async function orMcpError<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    const problem = problemOf(error);
    const isServers = problem.status >= 500 || problem.code === 'PRECONDITION_FAILED';
    const code = isServers ? ErrorCode.InternalError : ErrorCode.InvalidParams;
    throw new McpError(problem.status === 404 ? RESOURCE_NOT_FOUND : code, problem.detail, problem.toJSON());
  }
}

/** Describes a snapshot, with its digests in `_meta`: a client can compare them with what it has noted. */
function resourceOf({
  snapshotId,
  packKey,
  packVersion,
  hash,
  itemCount,
  createdAt,
  metadata,
}: SnapshotRecord): Resource {
  return {
    uri: uriOf(snapshotId),
    name: `${packKey} ${packVersion}`,
    description: `${itemCount} items`,
    mimeType: JSON_TYPE,
    annotations: { lastModified: createdAt },
    _meta: {
      'context-snapshot/digest': hash,
      'context-snapshot/hash': hash,
      'context-snapshot/seal': metadata.$snapshot.seal,
    },
  };
}

export function createContextServer({ store, loadItems, caller, run }: ContextServerOptions): McpServer {
  const snapshot = createSnapshotHandler({ store, loadItems });
  const preview = createPreviewHandler({ store, loadItems });

  /** Throws unless the caller may see packs: a user or an admin. */
  const requireReader = () => {
    const pack = { packKey: 'any', version: '1', title: '' };
    previewPack({ packKey: 'any' }, { ...caller, actor: caller.actor as Actor, pack, items: [] });
  };
  const isVisible = ({ snapshotId, metadata }: SnapshotRecord) =>
    (run === undefined || run.contextSnapshotId === snapshotId) &&
    (metadata?.$snapshot?.tenantId ?? undefined) === (caller.tenantId ?? undefined);
  const isThere = async (snapshotId: string) => {
    const record = await store.getSnapshot(snapshotId);
    return record !== null && isVisible(record);
  };
  const requireVisible = async (snapshotId: unknown): Promise<string> => {
    if (typeof snapshotId !== 'string' || !(await isThere(snapshotId))) throw notFound();
    return snapshotId;
  };

  // ------------------------------------------------------------------------------------------------------------------------- tools

  const input = contract.schemas.input as Tool['inputSchema'];
  const text = { type: 'string' };
  const tools: (Tool & { call(input: Record<string, unknown>): Promise<unknown> })[] = [
    {
      name: contract.key,
      title: contract.title,
      description: contract.description,
      inputSchema: input,
      outputSchema: contract.schemas.output as NonNullable<Tool['outputSchema']>,
      annotations: { readOnlyHint: false, destructiveHint: false },
      // Checked by the handler, like any other input.
      call: (given) => snapshot(given as unknown as ContextPackSnapshotInput, caller),
    },
    {
      name: 'context.pack.preview',
      description: 'Show what a snapshot of a context pack would contain. Nothing is stored.',
      inputSchema: input,
      annotations: { readOnlyHint: true },
      call: async (given) => {
        const shown = await preview(given as unknown as ContextPackSnapshotInput, caller);
        const { problems, hash, bytes, kinds, index } = shown;
        return { problems, hash, bytes, kinds, itemCount: index.length };
      },
    },
    {
      name: 'context.snapshot.verify',
      description: 'Verify a stored snapshot, and compare it with a hash or a seal.',
      inputSchema: {
        type: 'object',
        properties: { snapshotId: text, hash: text, seal: text },
        required: ['snapshotId'],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true },
      call: async ({ snapshotId, ...expect }) => {
        requireReader();
        const id = await requireVisible(snapshotId);
        const noted = run && { hash: run.contextHash };
        // A misspelt name must not look like a comparison, so all of them are passed on.
        const asked = Object.keys(expect).length > 0 ? expect : undefined;
        // What the run has noted counts in any case: a model that asks with another hash must not get it approved.
        const own = noted && (await verifyStored(store, id, noted));
        if (own !== undefined && (asked === undefined || !own.valid)) return own;
        return asked === undefined ? verifyStored(store, id) : verifyStored(store, id, asked);
      },
    },
  ];

  const mcp = new McpServer(
    { name: 'context-snapshot', version: contract.version },
    { capabilities: { tools: {}, resources: {} } },
  );
  const { server } = mcp;
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(({ call: _, ...tool }) => tool) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }): Promise<CallToolResult> => {
    const tool = tools.find(({ name }) => name === params.name);
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, 'There is no such tool');
    const content = (text: string) => [{ type: 'text' as const, text }];
    try {
      // A `Date` becomes its text.
      const json = JSON.stringify(await tool.call(params.arguments ?? {}));
      return { content: content(json), structuredContent: JSON.parse(json) };
    } catch (error) {
      return { content: content(JSON.stringify(problemOf(error))), isError: true };
    }
  });

  // --------------------------------------------------------------------------------------------------------------------- resources

  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => {
    const template = (path: string, name: string, mimeType = JSON_TYPE) => {
      return { uriTemplate: `context-snapshot://{snapshotId}${path}{?hash}`, name, mimeType };
    };
    return {
      resourceTemplates: [
        template('', 'Record and index of a snapshot'),
        template('/index/{from}', 'A further page of the index'),
        template('/items/{itemId}', 'An item of a snapshot'),
        template('/summary.md', 'A snapshot in words', 'text/markdown'),
      ],
    };
  });

  /** Yields the records that the caller may see, newest first. What is not as it was made is left out: reading it says why. */
  async function* visibleAfter(cursor: string | undefined) {
    if (run !== undefined) {
      const record = cursor === undefined ? await store.getSnapshot(run.contextSnapshotId) : null;
      if (record !== null && record.hash === run.contextHash) yield record;
      return;
    }
    for (let after = cursor; ; ) {
      const { snapshots } = await store.listSnapshots({ limit: PAGE, after });
      yield* snapshots;
      after = snapshots.at(-1)?.snapshotId;
      if (snapshots.length < PAGE) return;
    }
  }
  server.setRequestHandler(ListResourcesRequestSchema, ({ params }) =>
    orMcpError(async () => {
      requireReader();
      if (params?.cursor !== undefined && !(await isThere(params.cursor))) {
        throw new SnapshotError({ code: 'VALIDATION_FAILED', detail: 'There is no such cursor' });
      }
      const records: SnapshotRecord[] = [];
      for await (const record of visibleAfter(params?.cursor)) {
        if (!verifyChain([record]).valid || !isVisible(record)) continue;
        const last = records.at(-1);
        if (records.length === PAGE && last) return { resources: records.map(resourceOf), nextCursor: last.snapshotId };
        records.push(record);
      }
      return { resources: records.map(resourceOf) };
    }),
  );

  async function read(uri: string): Promise<TextResourceContents> {
    const { snapshotId, kind, name, hash } = parts(uri);
    await requireVisible(snapshotId);
    const { record, items } = run
      ? await loadContext(store, snapshotId, { hash: run.contextHash })
      : await loadContext(store, snapshotId);
    if (hash !== undefined && hash !== record.hash) {
      const args = { snapshotId, hash: record.hash };
      throw new SnapshotError({ code: 'CONFLICT', detail: 'The snapshot has another hash', args });
    }
    const { mimeType, _meta } = resourceOf(record);
    const itemUri = (itemId: string) => uriOf(snapshotId, `/items/${encodeURIComponent(itemId)}`);
    if (kind === 'summary.md')
      return { uri, mimeType: 'text/markdown', text: summarizeSnapshot({ record, items }), _meta };
    if (kind === 'items') {
      const item = items.find(({ itemId }) => itemId === name);
      if (item === undefined) throw notFound();
      const { json, digest } = digestItem(item);
      // The text is what was hashed, so a client can compute the digest.
      return { uri, mimeType, text: json, _meta: { ..._meta, 'context-snapshot/digest': digest } };
    }
    const from = Number(name);
    const page = items.slice(from, from + PAGE).map((item) => {
      const { itemId, kind, sourceKey } = item;
      return { itemId, kind, sourceKey, digest: digestItem(item).digest, uri: itemUri(itemId) };
    });
    const next = from + PAGE < items.length ? uriOf(snapshotId, `/index/${from + PAGE}`) : undefined;
    return { uri, mimeType, text: JSON.stringify({ record, items: page, next }), _meta };
  }
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) =>
    orMcpError(async () => {
      requireReader();
      return { contents: [await read(uri)] };
    }),
  );

  return mcp;
}
