import type { Installation } from '#local/record/app.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { optionalObject, optionalTexts } from './field.ts';
import { type Call, HttpError } from './route.ts';

const LEVELS = ['none', 'read', 'write', 'admin'];
/** GitHub's bound on the repositories of one token. */
const REPOSITORIES_MAX = 500;

/** What a new installation token may reach; null repositories mean all of the installation. */
export interface TokenScope {
  readonly repositoryIds: readonly number[] | null;
  readonly permissions: Readonly<Record<string, string>>;
}

/** Narrow an installation to what was asked. Throws 422 for anything it does not have. */
export function narrowToken(call: Call, installation: Installation): TokenScope {
  return {
    repositoryIds: readRepositories(call, installation),
    permissions: narrowPermissions(
      installation.permissions,
      optionalObject(call.body, 'permissions'),
    ),
  };
}

function narrowPermissions(
  granted: Readonly<Record<string, string>>,
  asked: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, string>> {
  if (!asked || Object.keys(asked).length === 0) return { ...granted, metadata: 'read' };
  for (const [name, level] of Object.entries(asked)) {
    const held = granted[name] ?? (name === 'metadata' ? 'read' : 'none');
    const wanted = typeof level === 'string' ? LEVELS.indexOf(level) : -1;
    if (wanted < 1 || wanted > LEVELS.indexOf(held))
      throw new HttpError(422, 'The permissions requested are not granted to this installation.');
  }
  return { ...(asked as Record<string, string>), metadata: 'read' };
}

function readRepositories(call: Call, installation: Installation): readonly number[] | null {
  const names = optionalTexts(call.body, 'repositories');
  const ids = call.body.repository_ids;
  if (names === undefined && ids === undefined) return null;
  const own = repositoriesOf(call.world, installation);
  const byName = (names ?? []).map((name) => own.find((each) => isNamed(each, name))?.id);
  const byId = (Array.isArray(ids) ? ids : [ids ?? []].flat()).map(
    (id) => own.find((each) => each.id === id)?.id,
  );
  const found = [...byName, ...byId];
  const known = found.filter((id) => id !== undefined);
  if (found.length > REPOSITORIES_MAX || known.length !== found.length || known.length === 0)
    throw new HttpError(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  return [...new Set(known)];
}

function isNamed(repository: Repository, name: string): boolean {
  return repository.name.toLowerCase() === name.toLowerCase();
}

/** Every repository that an installation reaches: all of its account's, or the chosen ones. */
export function repositoriesOf(world: World, installation: Installation): readonly Repository[] {
  const { accountId, repositoryIds } = installation;
  return [...world.repositories.values()].filter(
    ({ id, ownerId }) => ownerId === accountId && (repositoryIds?.includes(id) ?? true),
  );
}
