// An MCP server over stdio, for one caller and one run. Its environment says who the caller is and what the run may see: whoever starts the
// server decides it, and no request can change it.

import { SqliteSnapshotStore } from '@lssm-tech/lib.context-snapshot/sqlite';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { loadItems } from './host.ts'; // yours
import { createContextServer } from './mcp.ts';

const { SNAPSHOT_FILE, SNAPSHOT_ACTOR, SNAPSHOT_USER, SNAPSHOT_TENANT, CONTEXT_SNAPSHOT_ID, CONTEXT_HASH } =
  process.env;

const store = await SqliteSnapshotStore.open(SNAPSHOT_FILE ?? 'snapshots.db');
const server = createContextServer({
  store,
  loadItems: (pack) => loadItems(pack.packKey),
  // Without an actor, the caller is nobody, and gets nothing.
  caller: { actor: SNAPSHOT_ACTOR, userId: SNAPSHOT_USER, tenantId: SNAPSHOT_TENANT, channel: 'agent' },
  // If one of the two is missing, nothing can be read: half of a binding is a mistake.
  ...((CONTEXT_SNAPSHOT_ID !== undefined || CONTEXT_HASH !== undefined) && {
    run: { contextSnapshotId: CONTEXT_SNAPSHOT_ID ?? '', contextHash: CONTEXT_HASH ?? '' },
  }),
});
await server.connect(new StdioServerTransport());
