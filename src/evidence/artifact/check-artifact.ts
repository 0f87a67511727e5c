// Pure: whether an artifact is the one that was reported, of the run that was granted.
import { sha256 } from '#model/digest.ts';
import type { NamedArtifact } from './read-report.ts';

/** What GitHub says of an artifact. */
export interface ArtifactFacts {
  readonly id: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly expired: boolean;
  /** `sha256:…` of the zip, as GitHub computed it; null on hosts that do not. */
  readonly digest: string | null;
  readonly workflowRunId: number | null;
}

/** What it has to be. */
export interface ArtifactWanted {
  readonly named: NamedArtifact;
  readonly name: string;
  readonly workflowRunId: number | null;
  /** Larger archives are not downloaded. */
  readonly zipBytesMax: number;
}

/**
 * A sentence when the artifact is another one (replaced, of another run, of a fork, expired,
 * too large), null when it is the one that was named. GitHub's digest is of the zip (API: artifact).
 */
export function artifactTrouble(
  facts: ArtifactFacts | null,
  wanted: ArtifactWanted,
): string | null {
  const what = `the artifact ${wanted.named.id}`;
  if (!facts) return `${what} named by the report job does not exist`;
  if (facts.workflowRunId === null || facts.workflowRunId !== wanted.workflowRunId) {
    return `${what} belongs to the workflow run ${facts.workflowRunId}, expected ${wanted.workflowRunId}`;
  }
  if (facts.name !== wanted.name) return `${what} is not called ${wanted.name}`;
  if (facts.expired) return `${what} has expired; run the issue again`;
  if (facts.sizeBytes > wanted.zipBytesMax) {
    return `${what} has ${facts.sizeBytes} bytes, at most ${wanted.zipBytesMax} are read`;
  }
  return facts.digest !== null && facts.digest !== `sha256:${wanted.named.sha256}`
    ? `${what} has another digest than the report job named`
    : null;
}

/** A sentence when the downloaded bytes are not the ones that were named. */
export function zipTrouble(zip: Uint8Array, wanted: ArtifactWanted): string | null {
  return sha256(zip) === wanted.named.sha256
    ? null
    : `the artifact ${wanted.named.id} was downloaded with another SHA-256 than the report job named`;
}
