// The verify job's one step of ours: fetch the change set, verify it, hand over the evidence. It
// holds no credential that the code under test could take; it decides nothing.
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { artifacts } from '#model/names.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { failStep, readInput, tell, writeOutput, writeSummary } from '#runner/action-io.ts';
import { type ArtifactRef, downloadArtifact, uploadFolder } from '#runner/artifact.ts';
import { disk } from '#runner/disk.ts';
import { temporaryFolder } from '#runner/sandbox-host.ts';
import { neutralizeLine } from '#sandbox/neutralize-output.ts';
import { renderSummary } from './render-summary.ts';
import { runVerification } from './run-verification.ts';

/** The bundle's capture script beside this file; the source when the action runs unbundled. */
const script = {
  folder: import.meta.dirname,
  file: existsSync(join(import.meta.dirname, 'capture.mjs')) ? 'capture.mjs' : 'capture.ts',
};

try {
  const sentence = await main();
  if (sentence !== null) failStep(neutralizeLine(sentence));
} catch (error) {
  failStep(neutralizeLine(error instanceof Error ? error.message : 'the verify step broke'));
}

/** A sentence when there is no evidence. An unproven change is evidence too, and no failure. */
async function main(): Promise<string | null> {
  const inputs = readInputs();
  if (!inputs.ok) return inputs.refusal;
  const scratch = await mkdtemp(join(temporaryFolder(), 'sallyport-verify-'));
  try {
    return await work(inputs.value, scratch);
  } finally {
    // What another user made in it goes with the runner's temporary folder.
    await disk.remove(scratch).catch(() => undefined);
  }
}

function readInputs(): Result<{ readonly base: string; readonly changeSet: ArtifactRef }, string> {
  const id = readInput('artifact-id') ?? '';
  const digest = (readInput('artifact-digest') ?? '').replace(/^sha256:/, '');
  if (!/^[1-9]\d{0,15}$/.test(id)) return refuse('"artifact-id" must be the id of the change set');
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    return refuse('"artifact-digest" must be the SHA-256 of the change set, 64 hex digits');
  }
  const base = readInput('base');
  if (base === null) return refuse('"base" must be the folder of the base’s checkout');
  return ok({ base: resolve(base), changeSet: { id: Number(id), digest } });
}

async function work(
  { base, changeSet }: { readonly base: string; readonly changeSet: ArtifactRef },
  scratch: string,
): Promise<string | null> {
  const folders = {
    changeSet: join(scratch, 'change-set'),
    evidence: join(scratch, 'evidence'),
    work: join(scratch, 'work'),
  };
  await downloadArtifact(changeSet, folders.changeSet);
  await disk.makeFolder(folders.work);
  const verified = await runVerification({ base, ...folders, script, tell });
  if (!verified.ok) return verified.refusal;
  const evidence = await uploadFolder(artifacts.evidence, folders.evidence);
  const { verdict } = verified.value;
  writeOutput('result', verdict.result);
  writeOutput('artifact-id', String(evidence.id));
  writeOutput('artifact-digest', evidence.digest);
  await writeSummary(renderSummary(verdict));
  tell(`The preview of the verdict is “${verdict.result}”; the App decides from the evidence`);
  return null;
}
