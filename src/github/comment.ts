import { z } from 'zod';
import type { RepositoryRef } from '#model/snapshot.ts';
import type { StageName } from '#model/stage-name.ts';
import type { GitHub } from './client.ts';

/** What one comment is for: said once, edited when it changes, whoever retries. */
export interface Remark {
  readonly stage: StageName;
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
  /** Lower-case letters, digits, colons, hyphens: found again by this, in a hidden line. */
  readonly marker: string;
  readonly body: string;
  /** True when there can be none yet: it is not looked for. */
  readonly isFirst?: boolean;
}

const comments = z.array(
  z.object({
    id: z.number().int(),
    body: z.string().nullish(),
    user: z.object({ id: z.number().int() }).nullable(),
  }),
);

/** Pages of a hundred that are searched for an earlier remark. */
const pagesMax = 10;

/** What is being said now, by place and marker: GitHub has no "create unless it is there". */
const saying = new WeakMap<GitHub, Map<string, Promise<unknown>>>();

/**
 * Write a comment, or bring the one with this marker up to date. Returns its id. Two who say the same
 * thing at once take turns: both would look, find none, and leave two comments.
 */
export function putComment(github: GitHub, botUserId: number, remark: Remark): Promise<number> {
  const { repository, issue, marker } = remark;
  const key = `${repository.id}#${issue} ${marker}`;
  const turns = saying.get(github) ?? new Map<string, Promise<unknown>>();
  saying.set(github, turns);
  const put = () => putNow(github, botUserId, remark);
  const turn = (turns.get(key) ?? Promise.resolve()).then(put, put);
  turns.set(key, turn);
  const forget = () => {
    if (turns.get(key) === turn) turns.delete(key);
  };
  turn.then(forget, forget);
  return turn;
}

async function putNow(github: GitHub, botUserId: number, remark: Remark): Promise<number> {
  const { repository, issue } = remark;
  const path = { owner: repository.owner, repo: repository.name };
  const target = {
    stage: remark.stage,
    installationId: remark.installationId,
    repositoryId: repository.id,
  } as const;
  const hidden = `<!-- sallyport:${remark.marker.replace(/[^a-z0-9:-]/g, '')} -->`;
  const body = `${remark.body}\n\n${hidden}`;
  const earlier = remark.isFirst ? undefined : await findEarlier();
  if (earlier?.body === body) return earlier.id;
  const reply = earlier
    ? await github.write<{ id: number }>(
        target,
        'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
        { ...path, comment_id: earlier.id, body },
      )
    : await github.write<{ id: number }>(
        target,
        'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
        { ...path, issue_number: issue, body },
      );
  return reply.data.id;

  async function findEarlier() {
    for (let page = 1; page <= pagesMax; page += 1) {
      const reply = await github.request<unknown>(
        { ...target, purpose: 'read' },
        'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
        { ...path, issue_number: issue, per_page: 100, page },
      );
      const seen = comments.parse(reply.data);
      // Only our own: anybody can copy a marker into a comment.
      const mine = seen.find((one) => one.user?.id === botUserId && one.body?.includes(hidden));
      if (mine || seen.length < 100) return mine;
    }
    return undefined;
  }
}
