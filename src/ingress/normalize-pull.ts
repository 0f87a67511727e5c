import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import { ignored } from './ignored.ts';
import type { Reading } from './reading.ts';
import { about, id, toAbout } from './shape.ts';

const pull = about.extend({
  action: z.string().max(60),
  pull_request: z.object({ number: id, merged: z.boolean().nullish() }),
});

const changes = ['opened', 'synchronize', 'reopened', 'edited', 'ready_for_review'];

/** `pull_request`: something the gate must look at again, or the end of it. */
export const normalizePull: Reading = (payload) => {
  const parsed = pull.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, pull_request } = parsed.data;
  const base = { ...toAbout(parsed.data), pull: pull_request.number } as const;
  if (action === 'closed') {
    return ok({ kind: 'pull_closed', ...base, merged: pull_request.merged === true });
  }
  if (changes.includes(action)) return ok({ kind: 'pull_changed', ...base });
  return ok(ignored(`nothing here listens to pull_request.${action}`));
};

const review = about.extend({
  action: z.enum(['submitted', 'dismissed', 'edited']),
  review: z.object({ id }),
  pull_request: z.object({ number: id }),
});

/** `pull_request_review`: an opinion came, went or changed. */
export const normalizeReview: Reading = (payload) => {
  const parsed = review.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { pull_request } = parsed.data;
  return ok({ kind: 'review_changed', ...toAbout(parsed.data), pull: pull_request.number });
};
