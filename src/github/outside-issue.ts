import { z } from 'zod';
import { Fault } from '#model/fault.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { GitHub, Target, WriteTarget } from './client.ts';
import { GitHubFault } from './github-fault.ts';

/** Where the issue is. */
export interface IssuePlace {
  readonly installationId: number;
  readonly repository: RepositoryRef;
}

/** Title and body of an issue. */
export interface IssueText {
  readonly title: string;
  readonly body: string;
}

const issue = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.string(),
  created_at: z.string(),
  user: z.object({ id: z.number().int() }).nullable(),
  pull_request: z.looseObject({}).optional(),
});

/** Pages of a hundred that are searched for an issue. */
const pagesMax = 10;
/** GitHub's clock is not ours. */
const skewMs = 60_000;

/** Open an issue; the refusal says why GitHub does not take it, now or later. */
export async function openIssue(
  github: GitHub,
  place: IssuePlace,
  draft: IssueText & { readonly labels: readonly string[] },
): Promise<Result<number, string>> {
  try {
    const reply = await github.write<unknown>(
      targetOf(place),
      'POST /repos/{owner}/{repo}/issues',
      { ...pathOf(place), ...draft },
    );
    return ok(issue.parse(reply.data).number);
  } catch (error) {
    return refuse(refusalOf(error));
  }
}

/** Change the text of an issue. */
export async function editIssue(
  github: GitHub,
  place: IssuePlace,
  change: { readonly number: number } & Partial<IssueText>,
): Promise<Result<number, string>> {
  const { number, ...text } = change;
  try {
    await github.write<unknown>(
      targetOf(place),
      'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
      { ...pathOf(place), issue_number: number, ...text },
    );
    return ok(number);
  } catch (error) {
    return refuse(refusalOf(error));
  }
}

/** What an issue says now, and whether it is closed; null when it was deleted or moved away. */
export async function readIssueText(
  github: GitHub,
  place: IssuePlace,
  number: number,
): Promise<(IssueText & { readonly isClosed: boolean }) | null> {
  const reply = await github
    .request<unknown>(toRead(place), 'GET /repos/{owner}/{repo}/issues/{issue_number}', {
      ...pathOf(place),
      issue_number: number,
    })
    .catch((error: unknown) => {
      if (error instanceof GitHubFault && [404, 410].includes(error.status)) return null;
      throw error;
    });
  const parsed = reply && issue.parse(reply.data);
  // A moved issue answers from where it is now, under another number.
  if (parsed?.number !== number) return null;
  return { title: parsed.title, body: parsed.body ?? '', isClosed: parsed.state === 'closed' };
}

/**
 * The issue that our own bot opened with this mark as its last line, since a time; null when there
 * is none. Anybody may copy a mark, so only our own issues count. Newest first, and not by GitHub's
 * filters on authors, which know bots under other names.
 *
 * Fails  with a Fault when there are more issues than are searched: then nothing is known.
 */
export async function findMarkedIssue(
  github: GitHub,
  place: IssuePlace,
  wanted: { readonly botUserId: number; readonly mark: string; readonly since: Date },
): Promise<number | null> {
  const { botUserId, mark } = wanted;
  const since = wanted.since.getTime() - skewMs;
  for (let page = 1; page <= pagesMax; page += 1) {
    const reply = await github.request<unknown>(toRead(place), 'GET /repos/{owner}/{repo}/issues', {
      ...pathOf(place),
      state: 'all',
      sort: 'created',
      direction: 'desc',
      per_page: 100,
      page,
    });
    const seen = z.array(issue).parse(reply.data);
    const found = seen.find(
      (one) =>
        !one.pull_request && one.user?.id === botUserId && one.body?.trimEnd().endsWith(mark),
    );
    if (found) return found.number;
    const isOver = seen.length < 100 || seen.some((one) => Date.parse(one.created_at) < since);
    if (isOver) return null;
  }
  throw new Fault('GITHUB_REFUSED', `${pagesMax * 100} issues were searched for ${mark} in vain`);
}

function targetOf({ installationId, repository }: IssuePlace): WriteTarget {
  return { stage: 'ingress', installationId, repositoryId: repository.id };
}

function toRead(place: IssuePlace): Target {
  return { ...targetOf(place), purpose: 'read' };
}

function pathOf({ repository }: IssuePlace) {
  return { owner: repository.owner, repo: repository.name };
}

/** A sentence for what stays refused; the world's own trouble is thrown, to be tried again. */
function refusalOf(error: unknown): string {
  if (!(error instanceof GitHubFault)) throw error;
  if (![403, 404, 410, 422].includes(error.status)) throw error;
  return error.status === 410
    ? 'expected a repository with issues, but they are turned off'
    : `expected GitHub to take the issue, but it answered ${error.status}: look at the App’s installation and permissions`;
}
