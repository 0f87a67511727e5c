// What a form asks for, as the REST call that any client would make with the same token.

import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import { toNodeId } from '../api/node-id.ts';
import type { World } from '../world.ts';

/** What the forms can do. */
export const ACTS = [
  'comment',
  'label',
  'review',
  'close',
  'reopen',
  'ready',
  'merge',
  'wait',
  'wait-no-more',
  'dequeue',
] as const;
export type Act = (typeof ACTS)[number];

interface RestCall {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** A mutation, for what REST has no operation for. */
interface Mutation {
  readonly mutation: string;
  readonly input: Readonly<Record<string, unknown>>;
}
type Call = RestCall | Mutation;

/** Do it as the owner of the token. Returns GitHub's refusal, or null when it was done. */
export async function act(world: World, token: string, call: Call): Promise<string | null> {
  const { urls } = world;
  const { method, url, body } =
    'mutation' in call
      ? { method: 'POST', url: urls.graphql, body: toDocument(call) }
      : { method: call.method, url: `${urls.rest}${call.path}`, body: call.body };
  const reply = await fetch(url, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (reply.status === 204) return null;
  const { message, errors } = (await reply.json()) as Answer;
  if (!reply.ok)
    return [message ?? `status ${reply.status}`, ...(errors ?? []).map(toWords)].join(': ');
  const [first] = errors ?? [];
  return 'mutation' in call && first !== undefined ? toWords(first) : null;
}

interface Answer {
  readonly message?: string;
  readonly errors?: readonly (string | ErrorDetail)[];
}

/** REST names a field and what is wrong with it, or has a sentence; GraphQL has a sentence. */
interface ErrorDetail {
  readonly message?: string;
  readonly field?: string;
  readonly code?: string;
}

function toWords(error: string | ErrorDetail): string {
  if (typeof error === 'string') return error;
  return error.message ?? `${error.field ?? ''} ${error.code ?? ''}`.trim().replaceAll('_', ' ');
}

function toDocument({ mutation, input }: Mutation) {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`;
  const query = `mutation($input: ${type}) { ${mutation}(input: $input) { clientMutationId } }`;
  return { query, variables: { input } };
}

/** The call for one form of an issue or pull request. */
export function planCall(
  what: Act,
  repository: string,
  subject: Issue | Pull,
  form: URLSearchParams,
): Call {
  const field = (name: string) => form.get(name) ?? '';
  const issue = `/repos/${repository}/issues/${subject.number}`;
  const pull = `/repos/${repository}/pulls/${subject.number}`;
  const own = 'headRef' in subject ? pull : issue;
  const pullRequestId = toNodeId('PullRequest', subject.id);
  switch (what) {
    case 'comment':
      return { method: 'POST', path: `${issue}/comments`, body: { body: field('body') } };
    case 'label': {
      const name = field('label');
      return subject.labels.includes(name)
        ? { method: 'DELETE', path: `${issue}/labels/${encodeURIComponent(name)}` }
        : { method: 'POST', path: `${issue}/labels`, body: { labels: [name] } };
    }
    case 'review':
      return {
        method: 'POST',
        path: `${pull}/reviews`,
        body: { event: field('event'), body: field('body'), commit_id: field('sha') },
      };
    case 'merge':
      return {
        method: 'PUT',
        path: `${pull}/merge`,
        body: { sha: field('sha'), merge_method: field('method') },
      };
    case 'close':
      return { method: 'PATCH', path: own, body: { state: 'closed' } };
    case 'reopen':
      return { method: 'PATCH', path: own, body: { state: 'open' } };
    case 'ready':
      return { mutation: 'markPullRequestReadyForReview', input: { pullRequestId } };
    case 'wait':
      return {
        mutation: 'enablePullRequestAutoMerge',
        input: {
          pullRequestId,
          expectedHeadOid: field('sha'),
          ...(form.has('method') ? { mergeMethod: field('method').toUpperCase() } : {}),
        },
      };
    case 'wait-no-more':
      return { mutation: 'disablePullRequestAutoMerge', input: { pullRequestId } };
    case 'dequeue':
      return { mutation: 'dequeuePullRequest', input: { id: pullRequestId } };
  }
}
