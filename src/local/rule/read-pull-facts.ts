import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { isAtLeast } from '../api/access.ts';
import { compareCommits } from '../git/compare.ts';
import { readBlobAtPath, resolveCommit } from '../git/object.ts';
import type { World } from '../world.ts';
import {
  CODEOWNERS_BYTES_MAX,
  CODEOWNERS_PATHS,
  type OwnerLine,
  ownersOf,
  parseCodeOwners,
} from './code-owner.ts';
import type { EffectiveRule } from './effective-rule.ts';
import type { CheckFacts, OwnerGroup, PullFacts, ReviewFacts } from './pull-facts.ts';

/** What the rules ask about a pull request. Git is only asked for what some rule looks at. */
export async function readPullFacts(
  world: World,
  repository: Repository,
  pull: Pull,
  rules: readonly EffectiveRule[],
): Promise<PullFacts> {
  const base = await resolveCommit(repository.gitDir, `refs/heads/${pull.baseRef}`);
  const isStrict = rules.some(
    ({ rule }) =>
      rule.type === 'required_status_checks' &&
      rule.parameters.strict_required_status_checks_policy,
  );
  const asksOwners = rules.some(
    ({ rule }) => rule.type === 'pull_request' && rule.parameters.require_code_owner_review,
  );
  const comparison =
    base !== undefined && (isStrict || asksOwners)
      ? await compareCommits(repository.gitDir, base, pull.headSha)
      : undefined;
  const paths = comparison?.files.flatMap(({ path, previousPath }) =>
    previousPath === undefined ? [path] : [path, previousPath],
  );
  return {
    ...readCheckFacts(repository, pull.headSha),
    headSha: pull.headSha,
    authorId: pull.authorId,
    lastPusherId: pull.lastPusherId ?? pull.authorId,
    reviews: listReviews(world, repository, pull),
    ownerGroups:
      base !== undefined && asksOwners
        ? groupOwners(world, repository, await readOwnerLines(repository, base), paths ?? [])
        : [],
    unresolvedThreadCount: countUnresolved(repository, pull),
    behindBy: comparison?.behindBy ?? 0,
  };
}

/** The checks of one commit. */
export function readCheckFacts(repository: Repository, sha: string): CheckFacts {
  return {
    runs: [...repository.checkRuns.values()].filter((run) => run.headSha === sha),
    statuses: repository.statuses.filter((status) => status.sha === sha),
  };
}

/** The submitted reviews of a pull request, with whether each counts. */
export function listReviews(
  world: World,
  repository: Repository,
  pull: Pull,
): readonly ReviewFacts[] {
  return [...repository.reviews.values()]
    .filter((review) => review.pull === pull.number && review.state !== 'PENDING')
    .map(({ authorId, state, commitId }) => ({
      authorId,
      state,
      commitId,
      canWrite: isAtLeast(world.roleOf(repository, authorId), 'write'),
    }));
}

function countUnresolved(repository: Repository, pull: Pull): number {
  return [...repository.reviewComments.values()].filter(
    (comment) =>
      comment.pull === pull.number &&
      comment.inReplyTo === null &&
      !repository.resolvedThreads.has(comment.id),
  ).length;
}

// The base's file counts: a pull request cannot choose who looks at it.
async function readOwnerLines(repository: Repository, base: string): Promise<readonly OwnerLine[]> {
  for (const path of CODEOWNERS_PATHS) {
    const bytes = (await readBlobAtPath(repository.gitDir, base, path))?.bytes;
    if (bytes === undefined) continue;
    return bytes.length > CODEOWNERS_BYTES_MAX ? [] : parseCodeOwners(bytes.toString('utf8'));
  }
  return [];
}

function groupOwners(
  world: World,
  repository: Repository,
  lines: readonly OwnerLine[],
  paths: readonly string[],
): readonly OwnerGroup[] {
  const groups = new Map<string, readonly string[]>();
  for (const path of paths) {
    const owners = ownersOf(lines, path);
    if (owners.length > 0) groups.set(owners.join(' '), owners);
  }
  return [...groups.values()].map((names) => ({
    names,
    accountIds: names.flatMap((name) => findOwners(world, repository, name)),
  }));
}

function findOwners(world: World, repository: Repository, name: string): readonly number[] {
  const [organization, slug] = name.split('/');
  if (slug === undefined) {
    const user = world.userByLogin(name);
    return user ? [user.id] : [];
  }
  const owner = world.userByLogin(organization ?? '');
  const team = [...world.teams.values()].find(
    (each) =>
      each.organizationId === owner?.id &&
      each.slug.toLowerCase() === slug.toLowerCase() &&
      each.repositories.has(repository.id),
  );
  return [...(team?.members ?? [])];
}
