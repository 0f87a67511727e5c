// Pure: one run, one verdict and the files that carry it, to the manifest that is signed.
import { sha256 } from '#model/digest.ts';
import type { EvidenceFile, Manifest } from '#model/evidence.ts';
import type { Run } from '#model/run.ts';
import type { Verdict } from '#model/verdict.ts';
import type { VerifyRecord } from '#model/verify-record.ts';

/** What a manifest is made of. */
export interface ManifestParts {
  readonly run: Run;
  readonly workflowRunId: number;
  readonly headSha: string;
  readonly verify: VerifyRecord;
  readonly verdict: Verdict;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly artifacts: Manifest['artifacts'];
  readonly createdAt: string;
}

/** Build the manifest. One run has one evidence, so the run's id makes the evidence's. */
export function buildManifest(parts: ManifestParts): Manifest {
  const { run, verify, verdict } = parts;
  return {
    schema: 'sallyport/evidence/v1',
    id: `ev_${run.id}`,
    createdAt: parts.createdAt,
    repository: {
      id: run.repository.id,
      fullName: `${run.repository.owner}/${run.repository.name}`,
    },
    issue: run.issue.number,
    run: { id: run.id, workflowRunId: parts.workflowRunId, attempt: 1 },
    subject: {
      headSha: parts.headSha,
      headTree: verify.headTree,
      baseRef: run.baseRef,
      baseSha: run.baseSha,
      changeSetSha256: verify.changeSetSha256,
    },
    requesterId: run.requester.id,
    policySha256: run.policySha256,
    snapshotSha256: run.snapshotSha256,
    artifacts: parts.artifacts,
    verdict: listVerdict(verdict),
    files: listFiles(parts.files),
  };
}

/** Names and sentences may quote the subject, whose lone surrogates have no canonical form. */
function listVerdict(verdict: Verdict): Manifest['verdict'] {
  return {
    result: verdict.result,
    properties: [...verdict.properties],
    missing: verdict.missing.map(({ property, because }) => ({
      property,
      because: because.toWellFormed(),
    })),
    findings: verdict.findings.map((one) => ({
      ...one,
      path: one.path?.toWellFormed() ?? null,
      sentence: one.sentence.toWellFormed(),
    })),
    cells: { ...verdict.cells },
    redGreen: verdict.redGreen.map((one) => ({ ...one, name: one.name.toWellFormed() })),
  };
}

function listFiles(files: ReadonlyMap<string, Uint8Array>): EvidenceFile[] {
  return [...files.entries()]
    .map(([path, bytes]) => ({
      path,
      sha256: sha256(bytes),
      bytes: bytes.length,
      mediaType: mediaTypeOf(path),
      trust: trustOf(path),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const mediaTypes: Readonly<Record<string, string>> = {
  json: 'application/json',
  jsonl: 'application/jsonl',
  png: 'image/png',
  html: 'text/html',
  yml: 'application/yaml',
  xml: 'application/xml',
  patch: 'text/x-diff',
  txt: 'text/plain',
  log: 'text/plain',
};

function mediaTypeOf(path: string): string {
  return mediaTypes[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** Who could have forged a file: the harness alone, the code under test, or the agent. */
function trustOf(path: string): EvidenceFile['trust'] {
  if (path === 'agent/agent.log') return 'agent';
  return /^(?:verify\.json|egress\.jsonl|agent\/|patch\/|tests\/[a-z-]+\.json$|ui\/.*\/(?:meta\.json|diff\.png)$)/.test(
    path,
  )
    ? 'verifier'
    : 'subject';
}
