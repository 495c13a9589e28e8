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
  keyed('scopes that are null', { tenantId: null, organizationId: null, workspaceId: null }),
  keyed('a tenant', { tenantId: 'n' }),
  keyed('an organization', { organizationId: 'n' }),
  keyed('a workspace', { workspaceId: 'n' }),
  keyed('three scopes', { tenantId: 't9', organizationId: 'o9', workspaceId: 'w9' }),
  keyed('scopes that are empty strings', { tenantId: '', organizationId: '', workspaceId: '' }),
  {
    name: 'an idempotency key with characters of all lengths',
    rule: 'FORMAT 5.2',
    ctx: { snapshotId: undefined, idemKey: 'a"\\\n\u00e9€😀', tenantId: '😀' },
  },
  {
    rules: 'F5.2-1',
    name: 'a snapshotId goes before an idempotency key',
    rule: 'FORMAT 5.2',
    ctx: { idemKey: 'sale-2027', tenantId: 'n' },
  },
  { rules: 'F5.2-1', name: 'a snapshotId that is no UUID', rule: 'FORMAT 5.2', ctx: { snapshotId: 'nightly €/7' } },
  cites('E3.1-5'),
  by('a user with the role', 'ERRORS 3.1', 'chief', { actor: 'user', userId: 'u-3', roles: ['admin'] }),
  {
    name: 'a user with the role among others, and nothing against it',
    rule: 'ERRORS 3.1',
    ctx: { actor: 'user', userId: 'u-3', roles: ['viewer', 'admin', ''], decision: { effect: 'allow' } },
  },
  cites(),
  { name: 'a user without an id', rule: 'FORMAT 4', ctx: { actor: 'user', userId: null, roles: ['admin'] } },
  cites('E3.1-4'),
  { name: 'an admin without roles', rule: 'ERRORS 3.1', ctx: { roles: null, decision: null } },
  cites('F4-2'),
  by('requested by somebody, where no user is known', 'FORMAT 4', 'cron', { userId: undefined }),
  cites('F4-7'),
  by('a userId that is empty is no user', 'FORMAT 4', 'cron', { userId: '' }),
  cites('F4-2'),
  { name: 'nobody is known', rule: 'FORMAT 4', ctx: { userId: undefined } },
  by('a requester that is empty', 'FORMAT 4', '', { userId: undefined }),
  cites('F4-8'),
  { name: 'a parent', rule: 'FORMAT 4', ctx: { parent: `sha256:${'9a'.repeat(32)}` } },
  {
    rules: 'E4.2-2',
    name: 'context members that are null are absent',
    rule: 'ERRORS 4.2',
    ctx: {
      ...{ userId: null, roles: null, tenantId: null, organizationId: null, workspaceId: null, channel: null },
      ...{ traceId: null, idemKey: null, decision: null, parent: null },
    },
  },
];
