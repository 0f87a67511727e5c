import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Zippable, zip, zipSync } from 'fflate';
import { artifactOwner } from '../host.ts';
import { type BuiltinAction, done, failed } from './builtin-action.ts';
import { selectFiles } from './select-files.ts';

// The archive is built in memory; what is larger belongs to the toolkit's streaming client.
const ARTIFACT_BYTES_MAX = 512 * 1024 * 1024;
const SYNC_BYTES_MAX = 1024 * 1024;

/** Stand in for actions/upload-artifact: the same inputs, outputs and archive layout. */
export const uploadArtifact: BuiltinAction = async (call) => {
  const { inputs, state } = call;
  const { plan, folders } = state;
  const name = inputs.name || 'artifact';
  const lines = (inputs.path ?? '')
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l !== '');
  if (lines.length === 0) return failed(call, 'Input required and not supplied: path');
  const root = await realpath(folders.root);
  const hidden = inputs['include-hidden-files'] === 'true';
  const selection = await selectFiles(lines, folders.workspace, [root, folders.root], hidden);
  if (!selection.ok) return failed(call, selection.refusal);
  if (selection.value.files.length === 0) return nothingFound(call, lines.join(', '));
  const bytes = await zipFiles(selection.value.root, selection.value.files);
  if (bytes === undefined)
    return failed(call, `expected at most ${ARTIFACT_BYTES_MAX} bytes in an artifact`);
  const { store, world } = plan.host;
  const owner = artifactOwner(plan.run, plan.record);
  if (inputs.overwrite === 'true') {
    const old = store.list((a) => a.runBackendId === owner.runBackendId && a.name === name);
    for (const each of old) await store.remove(each.id);
  }
  const days = Number(inputs['retention-days'] || '0');
  const stored = await store.put(owner, name, bytes, days > 0 ? days : undefined);
  if (!stored.ok) return failed(call, `Failed to CreateArtifact: ${stored.refusal.message}`);
  const { id, digest } = stored.value;
  const page = `${world.urls.server}/${world.fullName(plan.run.repository)}/actions/runs/${plan.run.id}`;
  state.log.write(
    `Artifact ${name} has been successfully uploaded, ${bytes.length} bytes, ${digest}`,
  );
  return done({
    'artifact-id': String(id),
    'artifact-url': `${page}/artifacts/${id}`,
    'artifact-digest': digest.replace('sha256:', ''),
  });
};

function nothingFound(call: Parameters<BuiltinAction>[0], paths: string) {
  const message = `No files were found with the provided path: ${paths}. No artifacts will be uploaded.`;
  const policy = call.inputs['if-no-files-found'] || 'warn';
  if (policy === 'error') return failed(call, message);
  if (policy === 'warn') call.state.log.warn(message);
  else call.state.log.write(message);
  return done();
}

async function zipFiles(root: string, files: readonly string[]): Promise<Uint8Array | undefined> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > ARTIFACT_BYTES_MAX) return undefined;
  const entries: Zippable = {};
  for (const file of files) {
    entries[path.relative(root, file).split(path.sep).join('/')] = await readFile(file);
  }
  // Starting a worker takes longer than packing a small archive here.
  if (total <= SYNC_BYTES_MAX) return zipSync(entries, { level: 6 });
  return new Promise((resolve, reject) =>
    zip(entries, { level: 6 }, (error, bytes) => (error ? reject(error) : resolve(bytes))),
  );
}
