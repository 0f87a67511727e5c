import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import { ensureLabel, timestamp } from '../api/change-label.ts';
import type { World } from '../world.ts';
import { accountOf, idsOf } from './account.ts';
import type { SeedComment, SeedIssue } from './seed.ts';

/** Make the issues of a repository, then what they say of each other. */
export function plantIssues(
  world: World,
  repository: Repository,
  seeds: readonly SeedIssue[],
): void {
  for (const seed of seeds) plantIssue(world, repository, seed);
  for (const [index, { title, blockedBy = [], subIssues = [] }] of seeds.entries()) {
    const issue = repository.issues.get(index + 1);
    issue?.blockedBy.push(...blockedBy.map((number) => idOf(repository, title, number)));
    issue?.subIssues.push(...subIssues.map((number) => idOf(repository, title, number)));
  }
}

function plantIssue(world: World, repository: Repository, seed: SeedIssue): void {
  const now = timestamp(world);
  const number = repository.nextNumber;
  const isClosed = seed.state === 'closed';
  repository.nextNumber += 1;
  repository.issues.set(number, {
    id: world.nextId(),
    number,
    title: seed.title,
    body: seed.body,
    authorId: accountOf(world, seed.author).id,
    state: isClosed ? 'closed' : 'open',
    stateReason: isClosed ? 'completed' : null,
    labels: (seed.labels ?? []).map((name) => ensureLabel(world, repository, name).name),
    assignees: idsOf(world, seed.assignees),
    createdAt: now,
    updatedAt: now,
    closedAt: isClosed ? now : null,
    lastEditedAt: null,
    viaAppId: null,
    blockedBy: [],
    subIssues: [],
  });
  plantComments(world, repository, number, seed.comments);
}

/** Write comments below an issue or a pull request. */
export function plantComments(
  world: World,
  repository: Repository,
  number: number,
  seeds: readonly SeedComment[] = [],
): void {
  const now = timestamp(world);
  for (const { author, body } of seeds) {
    const id = world.nextId();
    const authorId = accountOf(world, author).id;
    const times = { createdAt: now, updatedAt: now };
    repository.comments.set(id, { id, number, body, authorId, viaAppId: null, ...times });
  }
}

function idOf(repository: Repository, title: string, number: number): number {
  const issue = repository.issues.get(number);
  if (!issue)
    throw new Fault(
      'LOCAL_GITHUB',
      `the issue "${title}" names #${number}, which the seed does not have`,
    );
  return issue.id;
}
