import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unzipSync } from 'fflate';
import { openTestGitHub, seed, type TestGitHub } from './api-world.ts';

const KEEP = `
name: Keep
on: workflow_dispatch
jobs:
  keep:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo kept > note.txt
          printf '## All is well\\n\\n<script>alert(1)</script>\\n' >> "$GITHUB_STEP_SUMMARY"
      - { uses: actions/upload-artifact@v7, with: { name: note, path: note.txt } }
`;

describe('what a run leaves behind', () => {
  let test: TestGitHub;
  let ada: string;
  let run: string;
  const A = '/repos/acme/shop/actions';
  const get = (path: string) => test.call(ada, 'GET', path);

  beforeAll(async () => {
    const files = { '.github/workflows/keep.yml': { content: KEEP } };
    test = await openTestGitHub({
      ...seed,
      repositories: [{ owner: 'acme', name: 'shop', source: { kind: 'files', files } }],
    });
    ada = test.github.tokens.ada ?? '';
    const sent = { ref: 'main', return_run_details: true };
    const started = await test.call(ada, 'POST', `${A}/workflows/keep.yml/dispatches`, sent);
    run = `${A}/runs/${started.body.workflow_run_id}`;
    await test.github.idle();
  });
  afterAll(() => test.close());

  it('shows its workflow, its job and the form of its subject', async () => {
    const { workflow_id } = (await get(run)).body;
    const [job] = (await get(`${run}/jobs`)).body.jobs;

    expect((await get(`${A}/workflows/${workflow_id}`)).body.name).toBe('Keep');
    expect((await get(`${A}/workflows/${workflow_id}/runs`)).body.total_count).toBe(1);
    expect((await get(`${A}/jobs/${job.id}`)).body).toEqual(job);
    expect((await get(`${run}/attempts/1/jobs`)).body.jobs).toEqual([job]);
    expect((await get(`${A}/oidc/customization/sub`)).body).toMatchObject({
      use_immutable_subject: true,
      sub_claim_prefix: expect.stringMatching(/^repo:acme@\d+\/shop@\d+$/),
    });
  });

  it('shows its step summaries on its page, as Markdown that can do no harm', async () => {
    const page = await fetch(`${test.github.urls.origin}${run.replace('/repos', '')}`);
    const text = await page.text();

    expect(page.status).toBe(200);
    expect(text).toMatch(/keep summary.*<h2[^>]*>All is well<\/h2>/s);
    expect(text).not.toContain('alert(1)');
  });

  it('gives its logs to whoever follows the signed address', async () => {
    const answer = await fetch(`${test.github.urls.rest}${run}/logs`, {
      headers: { authorization: `Bearer ${ada}` },
      redirect: 'manual',
    });
    const location = answer.headers.get('location') ?? '';
    const zip = new Uint8Array(await (await fetch(location)).arrayBuffer());

    expect(answer.status).toBe(302);
    expect(Object.keys(unzipSync(zip))).toContain('0_keep.txt');
    expect((await fetch(location.replace('sig=', 'sig=x'))).status).toBe(403);
  });

  it('lists, shows, hands out and deletes its artifact', async () => {
    const [artifact] = (await get(`${run}/artifacts`)).body.artifacts;
    const one = `${A}/artifacts/${artifact.id}`;
    const zip = await fetch(`${test.github.urls.rest}${one}/zip`, {
      headers: { authorization: `Bearer ${ada}` },
    });
    const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));

    expect((await get(`${A}/artifacts?name=note`)).body.artifacts).toEqual([artifact]);
    expect((await get(`${A}/artifacts?name=other`)).body.total_count).toBe(0);
    expect((await get(one)).body).toEqual(artifact);
    expect(Buffer.from(files['note.txt'] ?? []).toString()).toBe('kept\n');
    expect((await test.call(ada, 'DELETE', one)).status).toBe(204);
    expect((await get(one)).status).toBe(404);
  });
});
