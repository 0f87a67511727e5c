import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import { reviewTextSha256 } from '#model/signal.ts';
import { ignored } from './ignored.ts';
import type { Reading } from './reading.ts';
import { about, id, toAbout } from './shape.ts';

const pull = about.extend({
  action: z.string().max(60),
  pull_request: z.object({
    number: id,
    merged: z.boolean().nullish(),
    body: z.string().nullish(),
    base: z.object({ ref: z.string().max(300) }).optional(),
  }),
});

/** The line that GitHub writes into a pull request made by its button *Revert*. */
const revertForm = /^Reverts (?:([\w.-]{1,100}\/[\w.-]{1,100}))?#([1-9]\d{0,9})\s*$/m;

function readReverted({ repository, pull_request }: z.infer<typeof pull>): number | null {
  const { merged, body, base } = pull_request;
  if (merged !== true || base?.ref !== repository.default_branch) return null;
  const [, where, number] = revertForm.exec(body ?? '') ?? [];
  const here = `${repository.owner.login}/${repository.name}`;
  const isHere = where === undefined || where.toLowerCase() === here.toLowerCase();
  return isHere && number !== undefined ? Number(number) : null;
}

const changes = ['opened', 'synchronize', 'reopened', 'edited', 'ready_for_review'];

/** `pull_request`: something the gate must look at again, or the end of it. */
export const normalizePull: Reading = (payload) => {
  const parsed = pull.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, pull_request } = parsed.data;
  const base = { ...toAbout(parsed.data), pull: pull_request.number } as const;
  if (action === 'closed') {
    const merged = pull_request.merged === true;
    return ok({ kind: 'pull_closed', ...base, merged, reverts: readReverted(parsed.data) });
  }
  if (changes.includes(action)) return ok({ kind: 'pull_changed', ...base });
  return ok(ignored(`nothing here listens to pull_request.${action}`));
};

const review = about.extend({
  action: z.enum(['submitted', 'dismissed', 'edited']),
  review: z.object({
    id,
    body: z.string().nullish(),
    state: z.string().max(60).optional(),
    commit_id: z
      .string()
      .regex(/^[0-9a-f]{40}$/)
      .nullish(),
    user: z.object({ id }).nullish(),
  }),
  pull_request: z.object({ number: id }),
});

/**
 * `pull_request_review`: an opinion came, went or changed. Only one that was just submitted, by whoever
 * sent it, can ask for changes: an edited one may say what nobody with a role ever wrote.
 */
export const normalizeReview: Reading = (payload) => {
  const parsed = review.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, pull_request, review: given } = parsed.data;
  const base = { ...toAbout(parsed.data), pull: pull_request.number } as const;
  const asks =
    action === 'submitted' &&
    given.state?.toLowerCase() === 'changes_requested' &&
    given.user?.id === base.sender.id;
  if (!asks || !given.commit_id) return ok({ kind: 'review_changed', ...base });
  return ok({
    kind: 'changes_requested',
    ...base,
    reviewId: given.id,
    headSha: given.commit_id,
    bodySha256: reviewTextSha256(given.body ?? ''),
  });
};
