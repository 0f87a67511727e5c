import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { renderExport } from '#ledger/parse-export.ts';
import { findEvidenceOfRun } from '#postgres/evidence-read.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import { listRuns } from '#postgres/run-store.ts';
import type { Output } from '../output.ts';
import type { Stage } from './journey.ts';
import { readFolder } from './report.ts';

/** Where a demo's results are, for the document and for people. */
export interface LeftBehind {
  readonly folder: string;
  /** A bare repository with the base and every branch that was made. */
  readonly repository: string;
  readonly branches: readonly string[];
  readonly evidence: readonly string[];
  readonly ledger: string;
}

/** Write the repository, each run's evidence, the public key and the ledger to a folder. */
export async function leaveBehind(
  stage: Stage,
  outDir: string,
  output: Output,
): Promise<LeftBehind> {
  const folder = resolve(outDir);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { database, signingKey } = stage.factory.app.edges;
  const { owner, name } = stage.repository;
  const repository = join(folder, 'repository.git');
  const gitDir = stage.factory.github.world.repositoryByName(owner, name)?.gitDir;
  if (gitDir) await cp(gitDir, repository, { recursive: true });
  await writeFile(join(folder, 'evidence-key.pub.pem'), signingKey.publicPem);
  const ledger = join(folder, 'ledger.jsonl');
  await writeFile(ledger, renderExport(await listEntries(database, 0, 1_000_000)));
  const runs = await listRuns(database);
  const evidence: string[] = [];
  for (const run of runs) {
    const target = join(folder, `evidence-${run.issue.number}`);
    if (await leaveEvidence(stage, run.id, target)) evidence.push(target);
  }
  output.say(
    `\nLeft in ${folder}: repository.git, ${evidence.map((path) => path.slice(folder.length + 1)).join(', ') || 'no evidence'}, ledger.jsonl`,
  );
  return {
    folder,
    repository,
    branches: runs.flatMap((run) => run.branch ?? []),
    evidence: evidence.sort(),
    ledger,
  };
}

async function leaveEvidence(stage: Stage, runId: string, target: string): Promise<boolean> {
  const found = await findEvidenceOfRun(stage.factory.app.edges.database, runId);
  if (!found) return false;
  for (const [path, bytes] of await readFolder(stage, found)) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    await writeFile(join(target, path), bytes);
  }
  return true;
}
