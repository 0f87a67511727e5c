import { isBeyondStop } from '#dispatch/stop.ts';
import { readPolicy } from '#github/read-policy.ts';
import { organizationRepository } from '#model/organization-file.ts';
import type { Signal } from '#model/signal.ts';
import { keepOrganizationPolicy } from '#postgres/organization-store.ts';
import { listOpenRuns } from '#postgres/run-store.ts';
import { dropTriggers } from '#postgres/trigger-store.ts';
import type { Edges } from './edges.ts';
import type { Stopper } from './stop.ts';

type BaseMoved = Extract<Signal, { kind: 'base_moved' }>;

interface Means {
  readonly edges: Edges;
  readonly stopper: Stopper;
  readonly enqueue: (name: 'gate', data: object) => Promise<void>;
}

const because = 'the policy it was decided by is no longer the one at the default branch';

/**
 * Evidence is for one base: every open pull request on that branch is looked at again. What the
 * agent does right now was allowed by a policy: with another one there, it is allowed no more. The
 * owner's own repository may hold the policy of all the others.
 */
export async function onBaseMoved(signal: BaseMoved, means: Means): Promise<string> {
  const { edges, stopper, enqueue } = means;
  await dropTriggers(edges.database, signal.repository.id, edges.now());
  const own = await listOpenRuns(edges.database, { repositoryId: signal.repository.id });
  const runs = own.filter((run) => run.baseRef === signal.ref);
  const isOwners = signal.repository.name.toLowerCase() === organizationRepository;
  const bound = isOwners ? await listBound(signal, edges) : [];
  const inReview = [...runs, ...bound].filter((run) => run.state === 'in_review');
  const atWork = [...runs, ...bound].filter((run) => !isBeyondStop(run) && run.state !== 'held');
  const isRead = isOwners || atWork.length > 0;
  const policy = isRead ? await readPolicy(edges.github, signal) : null;
  // Known before the gates are asked, so that they look for it even where it is private.
  if (isOwners && policy?.organizationSha256) {
    const { ownerId } = signal.repository;
    await keepOrganizationPolicy(edges.database, ownerId, policy.organizationSha256, edges.now());
  }
  for (const { repository, pull } of inReview)
    await enqueue('gate', { repositoryId: repository.id, pull });
  const outdated = atWork.filter(
    (run) =>
      run.organizationPolicySha256 !== policy?.organizationSha256 ||
      (run.repository.id === signal.repository.id && run.policySha256 !== policy?.sha256),
  );
  const actor = `user:${signal.sender.login}#${signal.sender.id}`;
  for (const run of outdated) await stopper.stop(run.id, because, actor);
  return `${inReview.length} gates are worked out again, ${outdated.length} runs were stopped`;
}

/** Open runs of the owner's other repositories. */
async function listBound({ installationId, repository }: BaseMoved, { database }: Edges) {
  const open = await listOpenRuns(database, { installationId });
  return open.filter(
    (run) => run.repository.ownerId === repository.ownerId && run.repository.id !== repository.id,
  );
}
