import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unzipSync } from 'fflate';
import type { Repository } from '#local/record/repository.ts';
import { type ActionsWorld, openActionsWorld, toolkit } from './actions-world.ts';

const CLIENT = `
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DefaultArtifactClient } from '${toolkit('artifact')}';
import * as core from '${toolkit('core')}';
const client = new DefaultArtifactClient();
mkdirSync('files', { recursive: true });
writeFileSync('files/small.txt', 'small');
writeFileSync('files/big.bin', randomBytes(20 * 1024 * 1024));
const hash = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
const small = await client.uploadArtifact('small', ['files/small.txt'], 'files');
const big = await client.uploadArtifact('big', ['files/big.bin'], 'files', { compressionLevel: 0 });
const listed = await client.listArtifacts();
const down = await client.downloadArtifact(big.id, { path: 'back', expectedHash: 'sha256:' + big.digest });
const again = await client.uploadArtifact('small', ['files/small.txt'], 'files').catch((e) => e.message);
await client.uploadArtifact('doomed', ['files/small.txt'], 'files');
const deleted = await client.deleteArtifact('doomed');
const gone = await client.getArtifact('doomed').catch((e) => e.constructor.name);
const raw = await client.uploadArtifact('ignored', ['files/small.txt'], 'files', { skipArchive: true });
core.setOutput('seen', JSON.stringify({
  small: small.digest.length,
  names: listed.artifacts.map((each) => each.name).sort(),
  digest: listed.artifacts.find((each) => each.name === 'big').digest === 'sha256:' + big.digest,
  same: hash('files/big.bin') === hash('back/big.bin'),
  mismatch: down.digestMismatch,
  again, deleted: deleted.id > 0, gone, raw: raw.id > 0,
}));
`;

const WORKFLOW = `
on: workflow_dispatch
jobs:
  use:
    runs-on: ubuntu-latest
    outputs: { seen: '\${{ steps.client.outputs.seen }}' }
    steps:
      - uses: actions/checkout@v7
      - uses: ./client
        id: client
      - run: echo '\${{ steps.client.outputs.seen }}'
`;

const EXPECTED = {
  small: 64,
  names: ['big', 'small'],
  digest: true,
  same: true,
  mismatch: false,
  deleted: true,
  gone: 'ArtifactNotFoundError',
  raw: true,
};

interface RestArtifact {
  readonly id: number;
  readonly name: string;
  readonly digest: string;
  readonly size_in_bytes: number;
  readonly expired: boolean;
}

describe('the artifact service', () => {
  let github: ActionsWorld;
  let repository: Repository;
  let runId = 0;
  let log = '';

  beforeAll(async () => {
    github = await openActionsWorld();
    repository = await github.addRepository('demo', {
      '.github/workflows/use.yml': WORKFLOW,
      'client/action.yml': 'runs: { using: node24, main: main.mjs }',
      'client/main.mjs': CLIENT,
    });
    const outcome = await github.dispatch(repository, 'use.yml');
    runId = outcome.runId;
    log = await github.log(outcome.jobs[0]?.id ?? 0);
  });
  afterAll(() => github.close());

  const list = async () => {
    const url = `/repos/octo/demo/actions/runs/${runId}/artifacts`;
    return (await github.api<{ artifacts: readonly RestArtifact[] }>('GET', url)).body.artifacts;
  };

  it('satisfies the real toolkit: small, 20 MB in blocks, list, digest, delete, raw', () => {
    const line = /(\{"small".*\})$/m.exec(log)?.[1] ?? log;

    expect(JSON.parse(line)).toEqual({ ...EXPECTED, again: expect.any(String) });
    expect(JSON.parse(line).again).toContain('an artifact with this name already exists');
  });

  it('shows the run’s artifacts over REST with the digest of the stored bytes', async () => {
    const artifacts = await list();

    expect(artifacts.map((each) => each.name)).toEqual(['small.txt', 'big', 'small']);
    for (const each of artifacts) expect(each.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('redirects a download to a signed URL that needs no token', async () => {
    const small = (await list()).find((each) => each.name === 'small');
    const url = `/repos/octo/demo/actions/artifacts/${small?.id}/zip`;
    const answer = await github.api<object>('GET', url);
    const location = answer.headers.get('location') ?? '';
    const zip = new Uint8Array(await (await fetch(location)).arrayBuffer());

    expect(answer.status).toBe(302);
    expect(Buffer.from(unzipSync(zip)['small.txt'] ?? []).toString()).toBe('small');
  });

  it('refuses a signed URL whose path, expiry or signature was changed', async () => {
    const [first, second] = await list();
    const url = `/repos/octo/demo/actions/artifacts/${first?.id}/zip`;
    const location = (await github.api<object>('GET', url)).headers.get('location') ?? '';
    const changed = [
      location.replace(`/${first?.id}/`, `/${second?.id}/`),
      location.replace(/se=(\d)/, 'se=9$1'),
      location.replace(/sig=./, 'sig=_'),
    ];

    expect(await Promise.all(changed.map(async (each) => (await fetch(each)).status))).toEqual([
      403, 403, 403,
    ]);
  });

  it('refuses a runtime token once its job has ended', async () => {
    const token = github.service.tokens.mint({
      repositoryId: repository.id,
      runId,
      runBackendId: 'a',
      jobBackendId: 'b',
    });
    const call = (run: string) =>
      fetch(
        `${github.world.urls.origin}/twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body: JSON.stringify({ workflow_run_backend_id: run }),
        },
      );

    expect((await call('a')).status).toBe(200);
    expect((await call('other')).status).toBe(403);
    github.service.tokens.revoke(token);
    expect((await call('a')).status).toBe(401);
  });

  it('never lets a late or repeated upload change what was finalized', async () => {
    const { store, signer } = github.service;
    const owner = { repositoryId: 1, runId: 9, runBackendId: '9-1', jobBackendId: '1' };
    const created = store.create(owner, 'sealed', 'text/plain');
    if (!created.ok) throw new Error(created.refusal.message);
    const url = signer.sign(`/_artifacts/${created.value.id}/upload`, 'PUT');
    const put = (body: string) =>
      fetch(url, { method: 'PUT', body, headers: { 'x-ms-blob-type': 'BlockBlob' } });
    const first = await put('first');
    const wrong = await store.finalize(owner, 'sealed', { bytes: 5, digest: 'sha256:00' });
    const done = await store.finalize(owner, 'sealed', { bytes: 5, digest: undefined });
    const late = await put('later');
    const location = signer.sign(`/_artifacts/${created.value.id}/download`, 'GET');

    expect([first.status, late.status]).toEqual([201, 404]);
    expect([wrong.ok, done.ok]).toEqual([false, true]);
    expect(await (await fetch(location)).text()).toBe('first');
    expect(store.create(owner, 'sealed', 'text/plain').ok).toBe(false);
  });

  it('lists an artifact that has expired as such, and gives its bytes to nobody', async () => {
    const { store, signer } = github.service;
    const owner = { repositoryId: repository.id, runId, runBackendId: 'x-1', jobBackendId: '1' };
    const created = store.create(owner, 'old', 'text/plain', '2020-01-01T00:00:00Z');
    if (!created.ok) throw new Error(created.refusal.message);
    const url = signer.sign(`/_artifacts/${created.value.id}/upload`, 'PUT');
    await fetch(url, { method: 'PUT', body: 'old', headers: { 'x-ms-blob-type': 'BlockBlob' } });
    await store.finalize(owner, 'old');
    const listed = (await list()).map((each) => [each.name, each.expired]);
    const path = `/repos/octo/demo/actions/artifacts/${created.value.id}`;
    const location = signer.sign(`/_artifacts/${created.value.id}/download`, 'GET');

    expect(listed).toContainEqual(['old', true]);
    expect(listed).toContainEqual(['small', false]);
    expect((await github.api<object>('GET', path)).status).toBe(200);
    expect((await github.api<object>('GET', `${path}/zip`)).status).toBe(410);
    expect((await fetch(location)).status).toBe(404);
    expect((await github.api<object>('DELETE', path)).status).toBe(204);
  });

  it('deletes an artifact for good', async () => {
    const [first] = await list();
    const url = `/repos/octo/demo/actions/artifacts/${first?.id}`;

    expect((await github.api<object>('DELETE', url)).status).toBe(204);
    expect((await github.api<object>('GET', url)).status).toBe(404);
  });
});
