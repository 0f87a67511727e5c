import { z } from 'zod';
import type { Run } from '#model/run.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

const facts = z.object({
  id: z.number().int(),
  name: z.string(),
  size_in_bytes: z.number().int(),
  expired: z.boolean(),
  digest: z.string().nullish(),
  workflow_run: z.object({ id: z.number().int().nullish() }).nullish(),
});

/** GitHub's largest page; a run of ours has two artifacts. */
const pageMax = 100;
const page = z.object({ artifacts: z.array(facts) });

/** What GitHub says of each artifact of the run's workflow run, by id. */
export async function listArtifacts(github: GitHub, run: Run) {
  const reply = await github.request<unknown>(
    targetOf(run),
    'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
    { ...pathOf(run), run_id: run.workflowRunId, per_page: pageMax },
  );
  const seen = page.parse(reply.data).artifacts.map((artifact) => ({
    id: artifact.id,
    name: artifact.name,
    sizeBytes: artifact.size_in_bytes,
    expired: artifact.expired,
    digest: artifact.digest ?? null,
    workflowRunId: artifact.workflow_run?.id ?? null,
  }));
  return new Map(seen.map((artifact) => [artifact.id, artifact]));
}

/**
 * The archive's bytes. GitHub answers 302 to a signed address elsewhere; fetch follows it and
 * leaves the token behind. Ask for its size first: all of it comes into memory.
 */
export async function readArtifactZip(github: GitHub, run: Run, id: number): Promise<Uint8Array> {
  const reply = await github.request<unknown>(
    targetOf(run),
    'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
    { ...pathOf(run), artifact_id: id, archive_format: 'zip' },
  );
  if (!(reply.data instanceof ArrayBuffer))
    throw new GitHubFault('artifact download', 502, undefined);
  return new Uint8Array(reply.data);
}

function targetOf({ installationId, repository }: Run) {
  return {
    stage: 'evidence',
    installationId,
    repositoryId: repository.id,
    purpose: 'read',
  } as const;
}

function pathOf({ repository }: Run) {
  return { owner: repository.owner, repo: repository.name };
}
