import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import { ensureLabel, timestamp } from '../api/change-label.ts';
import { listRefs } from '../git/ref.ts';
import type { World } from '../world.ts';
import { accountOf, idsOf } from './account.ts';
import { plantComments } from './plant-issue.ts';
import type { SeedPull } from './seed.ts';

/** Open the pull requests of a repository whose branches exist. */
export async function plantPulls(
  world: World,
  repository: Repository,
  seeds: readonly SeedPull[],
): Promise<void> {
  if (seeds.length === 0) return;
  const refs = await listRefs(repository.gitDir, 'refs/heads/');
  const heads = new Map(refs.map(({ ref, sha }) => [ref.slice('refs/heads/'.length), sha]));
  for (const seed of seeds) plantPull(world, repository, seed, heads);
}

function plantPull(
  world: World,
  repository: Repository,
  seed: SeedPull,
  heads: ReadonlyMap<string, string>,
): void {
  const now = timestamp(world);
  const baseRef = seed.base ?? repository.defaultBranch;
  const pull: Pull = {
    id: world.nextId(),
    number: repository.nextNumber,
    title: seed.title,
    body: seed.body,
    authorId: accountOf(world, seed.author).id,
    state: 'open',
    draft: seed.draft ?? false,
    viaAppId: null,
    headRef: seed.head,
    baseRef,
    headSha: headOf(heads, seed, seed.head),
    baseSha: headOf(heads, seed, baseRef),
    merged: false,
    mergedAt: null,
    mergedById: null,
    mergeCommitSha: null,
    labels: (seed.labels ?? []).map((name) => ensureLabel(world, repository, name).name),
    assignees: idsOf(world, seed.assignees),
    requestedReviewers: idsOf(world, seed.requestedReviewers),
    requestedTeams: [],
    lastPusherId: null,
    figures: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
  };
  repository.nextNumber += 1;
  repository.pulls.set(pull.number, pull);
  plantComments(world, repository, pull.number, seed.comments);
  plantReviews(world, repository, pull, seed);
}

function plantReviews(world: World, repository: Repository, pull: Pull, seed: SeedPull): void {
  for (const { author, state, body } of seed.reviews ?? []) {
    const id = world.nextId();
    repository.reviews.set(id, {
      id,
      pull: pull.number,
      authorId: accountOf(world, author).id,
      body: body ?? '',
      state,
      commitId: pull.headSha,
      submittedAt: pull.createdAt,
    });
  }
}

function headOf(heads: ReadonlyMap<string, string>, { title }: SeedPull, branch: string): string {
  const sha = heads.get(branch);
  if (sha === undefined)
    throw new Fault(
      'LOCAL_GITHUB',
      `the pull request "${title}" names the branch "${branch}", which the seed does not have`,
    );
  return sha;
}
