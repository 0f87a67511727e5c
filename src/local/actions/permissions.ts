import type { Json } from '#model/json.ts';
import type { Permissions } from './workflow.ts';
import type { YamlReader } from './yaml-reader.ts';

// The scopes a workflow may name: docs.github.com, "Workflow syntax", permissions.
const SCOPES = [
  'actions',
  'artifact-metadata',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'security-events',
  'statuses',
];

/** What a job gets that asks for nothing: GitHub's restricted default. */
export const DEFAULT_PERMISSIONS: Permissions = { contents: 'read', packages: 'read' };

/** Read a `permissions:` value; undefined when the key is absent, `{}` when it grants nothing. */
export function parsePermissions(
  value: Json | undefined,
  reader: YamlReader,
  where: string,
): Permissions | undefined {
  if (value === undefined || value === null) return undefined;
  // `write-all` includes id-token; `read-all` cannot, because reading an ID token means nothing.
  if (value === 'write-all') return Object.fromEntries(SCOPES.map((scope) => [scope, 'write']));
  if (value === 'read-all') return readAll();
  const granted: Record<string, 'read' | 'write'> = {};
  for (const [scope, level] of Object.entries(reader.object(value, where))) {
    if (!SCOPES.includes(scope)) reader.problems.push(`${where}: unknown permission "${scope}"`);
    else if (level === 'read' || level === 'write') granted[scope] = level;
    else if (level !== 'none')
      reader.problems.push(`${where}.${scope}: expected read, write or none, got "${level}"`);
  }
  return granted;
}

function readAll(): Permissions {
  return Object.fromEntries(SCOPES.filter((s) => s !== 'id-token').map((s) => [s, 'read']));
}

/** The permissions that both sides allow: a called workflow never has more than its caller. */
export function intersectPermissions(wanted: Permissions, cap: Permissions | null): Permissions {
  if (cap === null) return wanted;
  const result: Record<string, 'read' | 'write'> = {};
  for (const [scope, level] of Object.entries(wanted)) {
    const allowed = cap[scope];
    if (allowed !== undefined) result[scope] = level === 'write' ? allowed : 'read';
  }
  return result;
}

/** The form that tokens carry: underscores, `metadata: read` always, and no id-token. */
export function toTokenPermissions(permissions: Permissions): Readonly<Record<string, string>> {
  const entries = Object.entries(permissions).filter(([scope]) => scope !== 'id-token');
  const named = entries.map(([scope, level]) => [scope.replaceAll('-', '_'), level] as const);
  return { ...Object.fromEntries(named), metadata: 'read' };
}
