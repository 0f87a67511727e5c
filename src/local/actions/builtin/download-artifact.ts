import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzip } from 'fflate';
import type { Artifact } from '#local/artifacts/artifact-store.ts';
import { artifactOwner } from '../host.ts';
import { type BuiltinAction, done, failed } from './builtin-action.ts';

type Call = Parameters<BuiltinAction>[0];

// An archive of zeros shrinks a thousandfold: what it opens to is capped before it is opened.
const UNZIPPED_BYTES_MAX = 1024 * 1024 * 1024;
const ENTRIES_MAX = 20_000;

/** Stand in for actions/download-artifact, for artifacts of the same run. */
export const downloadArtifact: BuiltinAction = async (call) => {
  const { inputs, state } = call;
  const { run } = state.plan;
  if (inputs['run-id'] && inputs['run-id'] !== String(run.id))
    return failed(call, 'artifacts of another run are not available on the local runner');
  const chosen = choose(call);
  if (chosen.length === 0 && (inputs.name || inputs['artifact-ids']))
    return failed(call, `Artifact not found for name: ${inputs.name ?? inputs['artifact-ids']}`);
  const target = path.resolve(state.folders.workspace, inputs.path || '.');
  // By name the files go right into the folder; several artifacts get a folder each.
  const flat = inputs['merge-multiple'] === 'true' || Boolean(inputs.name) || isSingleId(inputs);
  for (const artifact of chosen) {
    const folder = flat ? target : path.join(target, artifact.name);
    const problem = await extract(artifact, folder);
    if (problem !== undefined) return failed(call, `${artifact.name}: ${problem}`);
    state.log.write(`Artifact ${artifact.name} (${artifact.digest}) downloaded`);
  }
  return done({ 'download-path': target });
};

function isSingleId(inputs: Readonly<Record<string, string>>): boolean {
  return /^\s*\d+\s*$/.test(inputs['artifact-ids'] ?? '');
}

function choose(call: Call): readonly Artifact[] {
  const { plan } = call.state;
  const owner = artifactOwner(plan.run, plan.record);
  const mine = plan.host.store.list((each) => each.runBackendId === owner.runBackendId);
  const { name, pattern } = call.inputs;
  const ids = (call.inputs['artifact-ids'] ?? '').split(',').map((id) => id.trim());
  if (call.inputs['artifact-ids']) return mine.filter((each) => ids.includes(String(each.id)));
  if (name) return mine.filter((each) => each.name === name);
  return pattern ? mine.filter((each) => path.matchesGlob(each.name, pattern)) : mine;
}

async function extract(artifact: Artifact, folder: string): Promise<string | undefined> {
  const bytes = await readFile(artifact.file);
  await mkdir(folder, { recursive: true });
  if (artifact.mimeType !== 'application/zip') {
    await writeFile(path.join(folder, path.basename(artifact.name)), bytes);
    return undefined;
  }
  const files = await openArchive(bytes);
  if (typeof files === 'string') return files;
  for (const [name, content] of Object.entries(files)) {
    const file = path.resolve(folder, name);
    // The archive was made by a job, so its names are hostile: nothing may leave the folder.
    if (!file.startsWith(folder + path.sep)) return `"${name}" leads out of the folder`;
    if (name.endsWith('/')) continue;
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return undefined;
}

function openArchive(bytes: Uint8Array): Promise<Record<string, Uint8Array> | string> {
  let total = 0;
  let entries = 0;
  return new Promise((resolve) => {
    const filter = (entry: { originalSize: number }) => {
      total += entry.originalSize;
      entries += 1;
      return total <= UNZIPPED_BYTES_MAX && entries <= ENTRIES_MAX;
    };
    unzip(bytes, { filter }, (error, files) => {
      if (error) resolve(`the archive cannot be read: ${error.message}`);
      else if (total > UNZIPPED_BYTES_MAX || entries > ENTRIES_MAX)
        resolve('the archive is larger than the runner opens');
      else resolve(files);
    });
  });
}
