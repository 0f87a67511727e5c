import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import { ignored } from './ignored.ts';
import type { Reading } from './reading.ts';
import { about, id, toAbout } from './shape.ts';

const checkRun = about.extend({
  action: z.string().max(60),
  check_run: z.object({
    id,
    name: z.string().min(1).max(500),
    head_sha: z.string().regex(/^[0-9a-f]{40}$/),
    conclusion: z.string().max(60).nullish(),
    app: z.object({ id }).nullish(),
  }),
});

/** What says that the work is wrong; `cancelled` and `stale` say that nobody looked. */
const failures = ['failure', 'timed_out'];

/** `check_run` completed: a check that failed may ask for another attempt; every other is no news. */
export const normalizeCheck: Reading = (payload) => {
  const parsed = checkRun.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, check_run } = parsed.data;
  const { name, head_sha, conclusion, app } = check_run;
  if (action !== 'completed') return ok(ignored(`nothing here listens to check_run.${action}`));
  if (!failures.includes(conclusion ?? '')) return ok(ignored('the check did not fail'));
  if (!app) return ok(ignored('the check names no App'));
  return ok({
    kind: 'check_failed',
    ...toAbout(parsed.data),
    checkRunId: check_run.id,
    check: name,
    app: app.id,
    headSha: head_sha,
  });
};
