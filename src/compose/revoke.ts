import type { PauseScope } from '#model/pause.ts';
import { findInstallationId } from '#postgres/run-store.ts';
import type { Edges } from './edges.ts';
import type { Stopper } from './stop.ts';

/**
 * An operator takes something back: nothing under it starts, what runs is stopped, sessions end, and
 * the App's own tokens for it die at GitHub. It stays so until somebody resumes it.
 *
 * Answers  the runs that were stopped; null when it was taken back before.
 */
export async function revoke(
  { scope, because }: { readonly scope: PauseScope; readonly because: string },
  edges: Edges,
  stopper: Pick<Stopper, 'pause'>,
): Promise<readonly string[] | null> {
  const at = edges.now().toISOString();
  const stopped = await stopper.pause({ scope, because, by: 'operator', at });
  const place = await findPlace(scope, edges);
  if (place) {
    const { installationId, repositoryId } = place;
    await edges.github.dropTokens(place);
    // Those of other processes, and of what crashed: the next sweep ends them.
    const owed = repositoryId === undefined ? {} : { repository: repositoryId };
    await edges.tokens.oweAll({ installationId, ...owed });
  }
  return stopped;
}

/** Where the App has tokens for it: they are for installations and repositories, never for a run. */
async function findPlace(
  scope: PauseScope,
  { database }: Edges,
): Promise<{ readonly installationId: number; readonly repositoryId?: number } | null> {
  if (scope.kind === 'installation') return { installationId: scope.id };
  if (scope.kind !== 'repository') return null;
  const installationId = await findInstallationId(database, scope.id);
  return installationId === undefined ? null : { installationId, repositoryId: scope.id };
}
