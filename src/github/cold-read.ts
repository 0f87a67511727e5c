import { z } from 'zod';
import { issueTextSha256 } from '#model/signal.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { GitHub, Target } from './client.ts';
import { GitHubFault } from './github-fault.ts';

/** A repository and the installation it is reached by. */
export interface ColdPlace {
  readonly installationId: number;
  readonly repository: RepositoryRef;
}

const issues = z.array(
  z.object({
    number: z.number().int(),
    updated_at: z.string(),
    pull_request: z.unknown().optional(),
  }),
);
const pulls = z.array(z.object({ number: z.number().int(), updated_at: z.string() }));
const pageSize = 100;
const pagesMax = 10;

/** Open issues that carry a label, oldest change last; pull requests are left out. */
export async function listLabelled(github: GitHub, place: ColdPlace, label: string) {
  const rows = await readPages(github, place, issues, 'GET /repos/{owner}/{repo}/issues', {
    labels: label,
    state: 'open',
  });
  return rows
    .filter((row) => row.pull_request === undefined)
    .map((row) => ({ number: row.number, label, updatedAt: row.updated_at }));
}

/** Every open pull request; null when there are more than are worth listing. */
export async function listOpenPulls(github: GitHub, place: ColdPlace) {
  const rows = await readPages(github, place, pulls, 'GET /repos/{owner}/{repo}/pulls', {
    state: 'open',
  });
  if (rows.length >= pageSize * pagesMax) return null;
  return rows.map((row) => ({ number: row.number, updatedAt: row.updated_at }));
}

const events = z.array(
  z.object({
    id: z.number().int(),
    event: z.string(),
    created_at: z.string(),
    actor: z
      .object({
        id: z.number().int(),
        login: z.string(),
        type: z.enum(['User', 'Bot', 'Organization']),
      })
      .nullable(),
    label: z.object({ name: z.string() }).optional(),
    rename: z.object({ from: z.string() }).optional(),
    assignee: z.object({ id: z.number().int() }).nullish(),
    assigner: z.object({ id: z.number().int() }).nullish(),
  }),
);
const issueText = z.object({ title: z.string(), body: z.string().nullable() });

/**
 * Who set a label last, when, and which title and body there were: what its delivery would have
 * told. Null when it was taken off again. A title that was changed since is read back from the
 * event that changed it; an edit of the body has a time of its own, which the rules look at.
 *
 * Source  docs.github.com/rest/using-the-rest-api/issue-event-types
 */
export async function readLabelEvent(
  github: GitHub,
  place: ColdPlace,
  issue: { readonly number: number; readonly label: string },
) {
  const path = { issue_number: issue.number };
  const rows = await listEvents(github, place, issue.number);
  const set = findLastSetting(rows, issue.label);
  if (!set) return null;
  const reply = await request(
    github,
    place,
    'GET /repos/{owner}/{repo}/issues/{issue_number}',
    path,
  );
  const text = issueText.safeParse(reply?.data);
  if (!text.success) return null;
  const renamed = rows.find((row) => row.event === 'renamed' && row.id > set.id);
  const title = renamed?.rename?.from ?? text.data.title;
  return {
    id: set.id,
    at: set.created_at,
    actor: set.actor,
    textSha256: issueTextSha256(title, text.data.body),
  };
}

/**
 * Who set a label, or assigned the App, last; null when that was taken back since, and when an issue
 * has had more events than are worth reading: the newest are not among the first.
 */
export async function readSetter(
  github: GitHub,
  place: ColdPlace & { readonly issue: number },
  cause: { readonly kind: 'label'; readonly label: string } | { readonly kind: 'assigned' },
  botUserId: number,
): Promise<number | null> {
  const rows = await listEvents(github, place, place.issue);
  if (rows.length >= pageSize * pagesMax) return null;
  if (cause.kind === 'label') return findLastSetting(rows, cause.label)?.actor.id ?? null;
  const last = rows.filter((row) => row.assignee?.id === botUserId).at(-1);
  return last?.event === 'assigned' ? (last.assigner?.id ?? null) : null;
}

type IssueEvent = z.infer<typeof events>[number];

function listEvents(github: GitHub, place: ColdPlace, issue: number) {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/events';
  return readPages(github, place, events, route, { issue_number: issue });
}

function findLastSetting(rows: readonly IssueEvent[], label: string) {
  const last = rows.filter((row) => row.label?.name === label).at(-1);
  return last?.event === 'labeled' && last.actor ? { ...last, actor: last.actor } : null;
}

async function readPages<Row>(
  github: GitHub,
  place: ColdPlace,
  schema: z.ZodType<Row[]>,
  route: `GET /${string}`,
  parameters: Record<string, unknown>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let page = 1; page <= pagesMax; page += 1) {
    const reply = await request(github, place, route, { ...parameters, per_page: pageSize, page });
    if (!reply) return rows;
    const parsed = schema.safeParse(reply.data);
    if (!parsed.success) throw new GitHubFault(route, 502, parsed.error.issues[0]);
    rows.push(...parsed.data);
    if (parsed.data.length < pageSize) return rows;
  }
  return rows;
}

/** Null when the repository or the issue is not there, or the App does not reach it. */
function request(
  github: GitHub,
  { installationId, repository }: ColdPlace,
  route: `GET /${string}`,
  parameters: Record<string, unknown>,
) {
  const target: Target = {
    stage: 'ingress',
    installationId,
    repositoryId: repository.id,
    purpose: 'read',
  };
  return github
    .request<unknown>(target, route, {
      owner: repository.owner,
      repo: repository.name,
      ...parameters,
    })
    .catch((error: unknown) => {
      if (error instanceof GitHubFault && [403, 404, 410, 422].includes(error.status)) return null;
      throw error;
    });
}
