import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '#cli/demo/journey.ts';
import { fullName } from '#cli/demo/journey.ts';
import { people } from '#cli/demo/shop.ts';
import { until } from '#cli/demo/until.ts';

/** The texts of the comments on an issue or a pull request, oldest first. */
export async function readComments(stage: Stage, number: number): Promise<readonly string[]> {
  const comments = await stage.factory
    .person(people.maintainer.login)
    .get<{ body: string }[]>(`/repos/${fullName(stage)}/issues/${number}/comments`);
  return comments.map(({ body }) => body);
}

export interface PullSeen {
  readonly number: number;
  readonly node_id: string;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly draft: boolean;
  readonly merged_by: { readonly login: string } | null;
}

/** A pull request as a person sees it. */
export function readPull(stage: Stage, number: number): Promise<PullSeen> {
  return stage.factory
    .person(people.maintainer.login)
    .get<PullSeen>(`/repos/${fullName(stage)}/pulls/${number}`);
}

/** The person at the keyboard says that a draft is no draft any more; only GraphQL can. */
export async function markReady(stage: Stage, number: number): Promise<void> {
  const { github } = stage.factory;
  const { node_id } = await readPull(stage, number);
  const query =
    'mutation($input: MarkPullRequestReadyForReviewInput!) { markPullRequestReadyForReview(input: $input) { pullRequest { isDraft } } }';
  const reply = await fetch(github.urls.graphql, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${github.tokens[people.maintainer.login]}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query, variables: { input: { pullRequestId: node_id } } }),
  });
  const text = await reply.text();
  if (!text.includes('"isDraft":false')) throw new Error(`expected no draft any more, got ${text}`);
}

/** Every branch of a repository. */
export async function readBranches(stage: Stage): Promise<readonly string[]> {
  const branches = await stage.factory
    .person(people.maintainer.login)
    .get<{ name: string }[]>(`/repos/${fullName(stage)}/branches`);
  return branches.map(({ name }) => name).sort();
}

/** The jobs of a workflow run with their logs, as GitHub serves them. */
export async function readJobLogs(stage: Stage, workflowRunId: number) {
  const { github } = stage.factory;
  const path = `/repos/${fullName(stage)}/actions`;
  const { jobs } = await stage.factory
    .person(people.maintainer.login)
    .get<{ jobs: { id: number; name: string; conclusion: string }[] }>(
      `${path}/runs/${workflowRunId}/jobs`,
    );
  return Promise.all(
    jobs.map(async ({ id, name, conclusion }) => {
      const reply = await fetch(`${github.urls.rest}${path}/jobs/${id}/logs`, {
        headers: { authorization: `Bearer ${github.tokens[people.maintainer.login]}` },
      });
      return { name, conclusion, log: await reply.text() };
    }),
  );
}

/**
 * Text without what differs from one journey to the next: ids, digests, times, ports, pixels, and who
 * made a refused call, which is known where the gate runs as root.
 */
export function normalize(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/\b[0-9a-f]{64}\b/g, '<sha256>')
    .replace(/\b[0-9a-f]{40}\b/g, '<commit>')
    .replace(/\b(?=[a-f]*[0-9])[0-9a-f]{7,12}\b/g, '<short>')
    .replace(/127\.0\.0\.1:\d+/g, '<app>')
    .replace(/github\.localhost:\d+/g, '<github>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/, by `\/[^`]*`/g, '')
    .replace(/\d+ pixels differ \(\d+ at/g, '<n> pixels differ (<n> at')
    .replace(/\b\d+(?:\.\d+)? m?s\b/g, '<duration>');
}

/** The receipt that says why nothing started, as a person reads it. */
export async function untilReceipt(stage: Stage): Promise<string> {
  const text = await until(`a receipt in ${fullName(stage)}`, stage.limitMs, async () =>
    (await readComments(stage, 1)).find((body) => body.includes('Sallyport: Not started')),
  );
  return text.replaceAll('\\', '');
}

/** A folder’s files, by their path in it. */
export async function readFolder(folder: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(folder.length + 1), new Uint8Array(await readFile(path))] as const;
      }),
    ),
  );
}
