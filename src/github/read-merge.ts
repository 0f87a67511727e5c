import { z } from 'zod';
import { checks } from '#model/names.ts';
import type { Run } from '#model/run.ts';
import type { GitHub } from './client.ts';

const pullSchema = z.object({
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  merge_commit_sha: z.string().nullish(),
  merged_by: z.object({ login: z.string() }).nullish(),
  head: z.object({ sha: z.string() }),
  base: z.object({ ref: z.string() }),
});

const checkSchema = z.object({
  check_runs: z.array(
    z.object({ conclusion: z.string().nullable(), app: z.object({ id: z.number() }).nullable() }),
  ),
});

/** How a pull request ended, and what our review check on its head says: read cold, not remembered. */
export async function readMerge(github: GitHub, appId: number, run: Run, pull: number) {
  const { repository, installationId } = run;
  const target = {
    stage: 'schedule',
    installationId,
    repositoryId: repository.id,
    purpose: 'read',
  } as const;
  const path = { owner: repository.owner, repo: repository.name };
  const seen = pullSchema.parse(
    (
      await github.request<unknown>(target, 'GET /repos/{owner}/{repo}/pulls/{pull_number}', {
        ...path,
        pull_number: pull,
      })
    ).data,
  );
  const found = checkSchema.parse(
    (
      await github.request<unknown>(target, 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
        ...path,
        ref: seen.head.sha,
        check_name: checks.review,
        filter: 'latest',
      })
    ).data,
  );
  const own = found.check_runs.find((check) => check.app?.id === appId);
  return {
    state: seen.state,
    merged: seen.merged,
    headSha: seen.head.sha,
    mergeSha: seen.merge_commit_sha ?? null,
    mergedBy: seen.merged_by?.login ?? null,
    baseRef: seen.base.ref,
    reviewConclusion: own?.conclusion ?? null,
  };
}
