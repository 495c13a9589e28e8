// FORMAT 4 and 5.2, ERRORS 3.1: callers, identifiers and parents.
import { cites } from '../rules.js';

const keyed = (name, context = {}) => ({
  name: `an idempotency key and ${name}`,
  rule: 'FORMAT 5.2',
  ctx: { snapshotId: undefined, idemKey: 'sale-2027', ...context },
});
const by = (name, rule, requestedBy, ctx) => ({ name, rule, input: { packKey: 'shop.handbook', requestedBy }, ctx });

export default [
  cites('F5.2-2, F5.2-4'),
  keyed('no scope'),
  keyed('null scopes', { tenantId: null, organizationId: null, workspaceId: null }),
  keyed('a tenant', { tenantId: 'n' }),
  keyed('an organization', { organizationId: 'n' }),
  keyed('a workspace', { workspaceId: 'n' }),
  keyed('three scopes', { tenantId: 't9', organizationId: 'o9', workspaceId: 'w9' }),
  keyed('empty scopes', { tenantId: '', organizationId: '', workspaceId: '' }),
  {
    name: 'an idempotency key with characters of all UTF-8 lengths',
    rule: 'FORMAT 5.2',
    ctx: { snapshotId: undefined, idemKey: 'a"\\\n\u00e9€😀', tenantId: '😀' },
  },
  {
    rules: 'F5.2-1',
    name: 'a snapshotId takes precedence over an idempotency key',
    rule: 'FORMAT 5.2',
    ctx: { idemKey: 'sale-2027', tenantId: 'n' },
  },
  { rules: 'F5.2-1', name: 'a snapshotId that is not a UUID', rule: 'FORMAT 5.2', ctx: { snapshotId: 'nightly €/7' } },
  cites('E3.1-5'),
  by('a user with the role', 'ERRORS 3.1', 'chief', { actor: 'user', userId: 'u-3', roles: ['admin'] }),
  {
    name: 'a user with the role among others, and a decision to allow',
    rule: 'ERRORS 3.1',
    ctx: { actor: 'user', userId: 'u-3', roles: ['viewer', 'admin', ''], decision: { effect: 'allow' } },
  },
  cites(),
  { name: 'a user without an id', rule: 'FORMAT 4', ctx: { actor: 'user', userId: null, roles: ['admin'] } },
  cites('E3.1-4'),
  { name: 'an admin without roles', rule: 'ERRORS 3.1', ctx: { roles: null, decision: null } },
  cites('F4-2'),
  by('a requester, but no user', 'FORMAT 4', 'cron', { userId: undefined }),
  cites('F4-7'),
  by('an empty userId means no user', 'FORMAT 4', 'cron', { userId: '' }),
  cites('F4-2'),
  { name: 'neither user nor requester', rule: 'FORMAT 4', ctx: { userId: undefined } },
  by('an empty requester', 'FORMAT 4', '', { userId: undefined }),
  cites('F4-8'),
  { name: 'a parent', rule: 'FORMAT 4', ctx: { parent: `sha256:${'9a'.repeat(32)}` } },
  {
    rules: 'E4.2-2',
    name: 'null members of the context are absent',
    rule: 'ERRORS 4.2',
    ctx: {
      ...{ userId: null, roles: null, tenantId: null, organizationId: null, workspaceId: null, channel: null },
      ...{ traceId: null, idemKey: null, decision: null, parent: null },
    },
  },
];
