// What a form asks for, as the REST call that any client would make with the same token.

import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { World } from '../world.ts';

/** What the forms can do. */
export const ACTS = ['comment', 'label', 'review', 'merge'] as const;
export type Act = (typeof ACTS)[number];

interface RestCall {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** Do it as the owner of the token. Returns GitHub's refusal, or null when it was done. */
export async function act(world: World, token: string, call: RestCall): Promise<string | null> {
  const reply = await fetch(`${world.urls.rest}${call.path}`, {
    method: call.method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
  if (reply.ok) return null;
  const { message } = (await reply.json()) as { message?: string };
  return message ?? `status ${reply.status}`;
}

/** The call for one form of an issue or pull request. */
export function planCall(
  what: Act,
  repository: string,
  subject: Issue | Pull,
  form: URLSearchParams,
): RestCall {
  const field = (name: string) => form.get(name) ?? '';
  const issue = `/repos/${repository}/issues/${subject.number}`;
  const pull = `/repos/${repository}/pulls/${subject.number}`;
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
  }
}
