import { z } from 'zod';
import type { Run } from '#model/run.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './client.ts';

const facts = z.object({
  id: z.number().int(),
  name: z.string(),
  size_in_bytes: z.number().int(),
  expired: z.boolean(),
  digest: z.string().nullish(),
  workflow_run: z.object({ id: z.number().int().nullish() }).nullish(),
});

/** What GitHub says of an artifact; null when there is none by that id. */
export async function readArtifact(github: GitHub, run: Run, id: number) {
  const reply = await github
    .request<unknown>(targetOf(run), 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}', {
      ...pathOf(run),
      artifact_id: id,
    })
    .catch((error: unknown) => {
      if (error instanceof GitHubFault && error.status === 404) return null;
      throw error;
    });
  if (!reply) return null;
  const seen = facts.parse(reply.data);
  return {
    id: seen.id,
    name: seen.name,
    sizeBytes: seen.size_in_bytes,
    expired: seen.expired,
    digest: seen.digest ?? null,
    workflowRunId: seen.workflow_run?.id ?? null,
  };
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
