import type { Issue } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';

/** One issue with the repository it is in. */
export interface PlacedIssue {
  readonly repository: Repository;
  readonly issue: Issue;
}

/** An issue anywhere, by its database id. */
export function issueById(world: World, id: number): PlacedIssue | undefined {
  return findIssue(world, (issue) => issue.id === id);
}

/** The issue that has this one as a sub-issue. */
export function parentOf(world: World, { id }: Pick<Issue, 'id'>): PlacedIssue | undefined {
  return findIssue(world, (issue) => issue.subIssues.includes(id));
}

/** The sub-issues of one issue, in the order of their priority. */
export function subIssuesOf(world: World, issue: Pick<Issue, 'subIssues'>): readonly PlacedIssue[] {
  return issue.subIssues.flatMap((id) => issueById(world, id) ?? []);
}

/** The issues that one issue waits for. */
export function blockersOf(world: World, issue: Issue): readonly PlacedIssue[] {
  return issue.blockedBy.flatMap((id) => issueById(world, id) ?? []);
}

/** The issues that one issue blocks, over all repositories. */
export function blockedIssuesOf(world: World, blocker: Issue): readonly PlacedIssue[] {
  return [...world.repositories.values()].flatMap((repository) =>
    [...repository.issues.values()]
      .filter((issue) => issue.blockedBy.includes(blocker.id))
      .map((issue) => ({ repository, issue })),
  );
}

function findIssue(world: World, isWanted: (issue: Issue) => boolean): PlacedIssue | undefined {
  for (const repository of world.repositories.values())
    for (const issue of repository.issues.values())
      if (isWanted(issue)) return { repository, issue };
  return undefined;
}
