import { manifestName } from '#evidence/statement/build-statement.ts';
import { bundleName, verifyEvidence } from '#evidence/statement/verify-evidence.ts';
import { verifyChain } from '#ledger/verify-chain.ts';
import { canonicalJson } from '#model/canonical-json.ts';
import type { EgressCall } from '#model/egress-call.ts';
import { readEgressLog } from '#model/egress-log.ts';
import type { Entry } from '#model/entry.ts';
import type { Manifest } from '#model/evidence.ts';
import type { Json } from '#model/json.ts';
import type { Run } from '#model/run.ts';
import { countToolCalls } from '#postgres/context-store.ts';
import { findEvidenceFile, findEvidenceOfRun } from '#postgres/evidence-read.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import { listRuns } from '#postgres/run-store.ts';
import type { Stage } from './journey.ts';
import { fullName, readChecks } from './journey.ts';
import { people } from './shop.ts';

/** One run in the document of `demo --json`. */
export interface RunReport {
  readonly issue: number;
  readonly run: string;
  readonly state: Run['state'];
  readonly because: string | null;
  readonly pull: number | null;
  readonly headSha: string | null;
  readonly baseSha: string;
  readonly verdict: {
    readonly result: string;
    readonly properties: readonly string[];
    readonly missing: readonly { readonly property: string; readonly because: string }[];
    readonly cells: object;
  } | null;
  readonly checks: Readonly<Record<string, string | null>>;
  readonly egress: {
    readonly allowed: number;
    readonly denied: number;
    readonly deniedHosts: readonly string[];
  };
  readonly tools: readonly {
    readonly tool: string;
    readonly allowed: number;
    readonly refused: number;
  }[];
  readonly evidence: {
    readonly id: string;
    readonly manifestSha256: string;
    readonly signatureValid: boolean;
  } | null;
}

/** The document of `demo --json`. */
export interface JourneyReport {
  readonly ok: boolean;
  readonly runs: readonly RunReport[];
  readonly merged: readonly {
    readonly issue: number;
    readonly pull: number;
    readonly sha: string;
  }[];
  readonly released: readonly { readonly issue: number; readonly because: string }[];
  readonly ledger: { readonly entries: number; readonly intact: boolean };
  readonly timingsMs: Readonly<Record<string, number>>;
}

/** What a journey left, read back: from the store, from GitHub, and verified again. */
export async function buildReport(
  stage: Stage,
  timingsMs: Record<string, number>,
): Promise<JourneyReport> {
  const { database } = stage.factory.app.edges;
  const entries = await listEntries(database, 0, 100_000);
  const chain = verifyChain(entries);
  const runs = [...(await listRuns(database))].reverse();
  const reports: RunReport[] = [];
  for (const run of runs) reports.push(await reportRun(stage, run));
  const merged = await listMerged(stage, runs);
  const provenAll = reports.every(
    (run) =>
      run.state === 'settled' && run.verdict?.result === 'proven' && run.evidence?.signatureValid,
  );
  return {
    ok: chain.ok && reports.length > 0 && provenAll && merged.length === reports.length,
    runs: reports,
    merged,
    released: listReleased(entries),
    ledger: { entries: entries.length, intact: chain.ok },
    timingsMs,
  };
}

async function reportRun(stage: Stage, run: Run): Promise<RunReport> {
  const { database } = stage.factory.app.edges;
  const evidence = await findEvidenceOfRun(database, run.id);
  const egress = evidence ? await readEgress(stage, evidence.manifest) : [];
  const denied = egress.filter((call) => call.decision === 'refused');
  const verdict = evidence?.manifest.verdict;
  return {
    issue: run.issue.number,
    run: run.id,
    state: run.state,
    because: run.because,
    pull: run.pull,
    headSha: run.headSha,
    baseSha: run.baseSha,
    verdict: verdict
      ? {
          result: verdict.result,
          properties: verdict.properties,
          missing: verdict.missing,
          cells: verdict.cells,
        }
      : null,
    checks: run.headSha ? await readChecks(stage, run.headSha) : {},
    egress: {
      allowed: egress.length - denied.length,
      denied: denied.length,
      deniedHosts: [...new Set(denied.map((call) => call.host))],
    },
    tools: await countToolCalls(database, run.id),
    evidence: evidence
      ? {
          id: evidence.manifest.id,
          manifestSha256: evidence.manifest_sha256,
          signatureValid: await isValid(stage, evidence),
        }
      : null,
  };
}

async function isValid(stage: Stage, evidence: StoredEvidence): Promise<boolean> {
  const files = await readFolder(stage, evidence);
  return verifyEvidence(files, stage.factory.app.edges.signingKey.publicKey).ok;
}

type StoredEvidence = NonNullable<Awaited<ReturnType<typeof findEvidenceOfRun>>>;

/** An evidence as the folder it is verified from: every file, the manifest, the signature. */
export async function readFolder(
  stage: Stage,
  { manifest, envelope }: StoredEvidence,
): Promise<Map<string, Uint8Array>> {
  const files = await readFiles(stage, manifest);
  files.set(manifestName, Buffer.from(canonicalJson(manifest as unknown as Json)));
  files.set(bundleName, Buffer.from(`${canonicalJson(envelope as unknown as Json)}\n`));
  return files;
}

/** Every file of an evidence, by path. */
async function readFiles(stage: Stage, manifest: Manifest): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { path, sha256 } of manifest.files) {
    const bytes = await findEvidenceFile(stage.factory.app.edges.database, sha256);
    if (bytes) files.set(path, bytes);
  }
  return files;
}

async function readEgress(stage: Stage, manifest: Manifest): Promise<readonly EgressCall[]> {
  const logs = manifest.files.filter((file) => file.path.endsWith('egress.jsonl'));
  const calls: EgressCall[] = [];
  for (const { sha256 } of logs) {
    const bytes = await findEvidenceFile(stage.factory.app.edges.database, sha256);
    calls.push(...readEgressLog(bytes?.toString('utf8') ?? '').calls);
  }
  return calls;
}

async function listMerged(stage: Stage, runs: readonly Run[]): Promise<JourneyReport['merged']> {
  const merged: { issue: number; pull: number; sha: string }[] = [];
  for (const run of runs) {
    if (run.pull === null) continue;
    const pull = await stage.factory
      .person(people.maintainer.login)
      .get<{ merged: boolean; merge_commit_sha: string }>(
        `/repos/${fullName(stage)}/pulls/${run.pull}`,
      );
    if (pull.merged)
      merged.push({ issue: run.issue.number, pull: run.pull, sha: pull.merge_commit_sha });
  }
  return merged;
}

function listReleased(entries: readonly Entry[]): JourneyReport['released'] {
  return entries
    .filter((entry) => entry.kind === 'schedule.released')
    .map((entry) => ({ issue: Number(entry.facts.issue), because: String(entry.facts.because) }));
}
