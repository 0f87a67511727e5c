import type { User } from '#local/record/account.ts';
import type { App } from '#local/record/app.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { announceSuite, createSuite, findSuite } from './change-suite.ts';
import { readCommitFacts } from './commit-facts.ts';

const NO_COMMIT = /^0+$/;

/** Open a check suite for every App that may write checks when a branch gets new commits. */
export function openSuitesOnPush(world: World): void {
  world.onEvent((event, repository, sender, payload) => {
    const { ref, before, after } = payload;
    if (event !== 'push' || typeof ref !== 'string' || typeof after !== 'string') return;
    if (!ref.startsWith('refs/heads/') || NO_COMMIT.test(after)) return;
    const push = { branch: ref.slice('refs/heads/'.length), before: String(before), after };
    for (const app of checkers(world, repository))
      void world.track(openSuite(world, repository, sender, app, push));
  });
}

function checkers(world: World, repository: Repository): readonly App[] {
  return [...world.installations.values()]
    .filter((each) => each.accountId === repository.ownerId && each.suspendedAt === null)
    .filter((each) => each.repositoryIds === null || each.repositoryIds.includes(repository.id))
    .flatMap((each) => world.apps.get(each.appId) ?? [])
    .filter((app) => app.permissions.checks === 'write');
}

async function openSuite(
  world: World,
  repository: Repository,
  sender: User,
  app: App,
  push: { readonly branch: string; readonly before: string; readonly after: string },
): Promise<void> {
  // A branch that has gone meanwhile may have taken its commit with it.
  const head = await readCommitFacts(repository, push.after).catch(() => undefined);
  if (head === undefined || findSuite(repository, app.id, push.after)) return;
  const { branch: headBranch, before } = push;
  const facts = { appId: app.id, head, headBranch, before, workflowRunId: null };
  const suite = createSuite(world, repository, facts);
  announceSuite(world, repository, sender, suite, 'requested');
}
