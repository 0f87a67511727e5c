import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import { ignored } from './ignored.ts';
import type { Reading } from './reading.ts';
import { about, toAbout } from './shape.ts';

const push = about.extend({
  ref: z.string().min(1).max(300),
  before: z.string().max(64),
  after: z.string().regex(/^[0-9a-f]{40}$/),
  deleted: z.boolean().default(false),
  commits: z.array(z.object({ message: z.string() })).default([]),
});

/** The sentence that git and GitHub write into a revert. */
const revertForm = /\bThis reverts commit ([0-9a-f]{40})\b/g;
/** More reverts than this in one push are no news about one issue. */
const revertsMax = 100;

function readReverts(commits: readonly { readonly message: string }[]): readonly string[] {
  const named = commits.flatMap(({ message }) =>
    [...message.matchAll(revertForm)].map(([, sha = '']) => sha),
  );
  return [...new Set(named)].slice(0, revertsMax);
}

/** `push` to the default branch: every gate against it is stale. */
export const normalizePush: Reading = (payload) => {
  const parsed = push.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { ref, after, deleted, repository, commits } = parsed.data;
  if (ref !== `refs/heads/${repository.default_branch}`) {
    return ok(ignored('the push is not to the default branch'));
  }
  if (deleted) return ok(ignored('the branch was deleted'));
  return ok({
    kind: 'base_moved',
    ...toAbout(parsed.data),
    ref,
    sha: after,
    reverts: readReverts(commits),
  });
};
