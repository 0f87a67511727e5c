import type { ArtifactFacts } from '#evidence/artifact/check-artifact.ts';
import { artifactTrouble, zipTrouble } from '#evidence/artifact/check-artifact.ts';
import { changeSetArchive } from '#evidence/artifact/read-change-set.ts';
import type { NamedArtifact } from '#evidence/artifact/read-report.ts';
import type { EvidenceDeps, PublishedRun } from '#evidence/evidence.ts';
import { publish } from '#evidence/evidence.ts';
import { buildStatement } from '#evidence/statement/build-statement.ts';
import { signEnvelope } from '#evidence/statement/dsse.ts';
import { listArtifacts, readArtifactZip } from '#github/artifact.ts';
import type { GitHub } from '#github/client.ts';
import { putComment } from '#github/comment.ts';
import { createCommit, createRef, createTree, moveRef, readBaseTree } from '#github/publish.ts';
import { readRole } from '#github/read-permission.ts';
import { evidenceLimits } from '#model/evidence.ts';
import { artifacts } from '#model/names.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Run, RunId } from '#model/run.ts';
import { isAttempt } from '#model/trigger.ts';
import { createEvidenceStore } from '#postgres/evidence-store.ts';
import { judgeEvidence } from '#verification/judge-evidence.ts';
import type { Edges } from './edges.ts';
import { openPullAs } from './open-pull.ts';
import { postProof } from './post-proof.ts';

/** The evidence stage, wired; the judge is verification's own pure core. */
export function composePublisher(edges: Edges): (runId: RunId) => Promise<void> {
  return (runId) => publish(runId, evidenceDeps(edges));
}

function evidenceDeps(edges: Edges): EvidenceDeps {
  const { github, settings, identity, now } = edges;
  const store = createEvidenceStore(edges.database, now);
  // Asked once for both artifacts: these deps serve one publication.
  let listed: ReturnType<typeof listArtifacts> | undefined;
  const list = (run: Run) => {
    listed ??= listArtifacts(github, run);
    return listed;
  };
  return {
    now,
    findRun: store.findRun,
    findReport: edges.sessions.findReport,
    findHandOver: async (runId) => {
      const handed = await edges.sessions.findHandOver(runId);
      return handed ? { id: handed.id, sha256: handed.digest } : null;
    },
    readRole: (run) => readRole(github, run, run.requester, 'evidence'),
    download: async (run, named, name) =>
      download(github, run, { named, name, facts: (await list(run)).get(named.id) ?? null }),
    readBase: (run) => readBaseTree(github, run),
    judgeEvidence,
    createTree: (run, baseTree, plan) => createTree(github, run, baseTree, plan),
    createCommit: (run, tree, message) =>
      createCommit(github, run, { tree, message, parents: parentsOf(run) }),
    createBranch: (run, branch, sha) => createRef(github, run, `refs/heads/${branch}`, sha),
    moveBranch: (run, branch, sha) => moveRef(github, run, `heads/${branch}`, sha),
    openPull: (run, branch, write) => openPullAs(edges, { run, branch, write }),
    keepEvidence: (run, manifest, files) =>
      store.keep(run, manifest, files, (draft) =>
        signEnvelope(
          buildStatement(draft, { serverUrl: settings.serverUrl, verifierId: settings.publicUrl }),
          edges.signingKey.privateKey,
        ),
      ),
    post: (publication) => postProof(edges, publication),
    move: store.move,
    note: store.note,
    say: async ({ installationId, repository, issue }, body) => {
      await putComment(github, identity.botId, {
        stage: 'evidence',
        installationId,
        repository,
        issue: issue.number,
        marker: 'outcome',
        body,
      });
    },
  };
}

/** The head that is replaced stays in the history; a base that moved since comes in as a merge. */
function parentsOf({ cause, baseSha }: PublishedRun): readonly string[] {
  if (!isAttempt(cause)) return [baseSha];
  return cause.baseSha === baseSha ? [cause.headSha] : [cause.headSha, baseSha];
}

/** Facts first, so that nothing large or foreign is downloaded; then the bytes themselves. */
async function download(
  github: GitHub,
  run: Run,
  {
    named,
    name,
    facts,
  }: { readonly named: NamedArtifact; readonly name: string; readonly facts: ArtifactFacts | null },
): Promise<Result<Uint8Array, string>> {
  const zipBytesMax =
    name === artifacts.changeSet ? changeSetArchive.bytesMax : evidenceLimits.bytesMax;
  const wanted = { named, name, workflowRunId: run.workflowRunId, zipBytesMax };
  const trouble = artifactTrouble(facts, wanted);
  if (trouble) return refuse(trouble);
  const zip = await readArtifactZip(github, run, named.id);
  const wrong = zipTrouble(zip, wanted);
  return wrong ? refuse(wrong) : ok(zip);
}
