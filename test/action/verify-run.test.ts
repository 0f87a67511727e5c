import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runVerification } from '../../action/verify/run-verification.ts';
import { commitFiles } from '../fake/git.ts';
import { base, honestFix, writeChangeSet } from '../verification/example.ts';

const policy = `version: 1
agent: { use: command, run: "true" }
verify:
  commands:
    - name: test
      run: node --test --test-reporter=junit --test-reporter-destination=junit.xml "test/**/*.test.js"
      report: junit.xml
  screens:
    - { name: shop, serve: node server.js, url: /, port: 4800 }
`;
const server = `import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
createServer((_, response) => {
  response.setHeader('content-type', 'text/html');
  response.end('<!doctype html><title>Shop</title><h1>' + readFileSync('title.txt', 'utf8') + '</h1>');
}).listen(process.env.PORT, '127.0.0.1');
`;
const files = {
  ...base,
  '.github/sallyport.yml': policy,
  'server.js': server,
  'title.txt': 'Shop',
};
/** The bundle, as it is shipped: there are no packages inside the sandbox. */
const script = {
  folder: fileURLToPath(new URL('../../action/verify/dist', import.meta.url)),
  file: 'capture.mjs',
};

describe('runVerification', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'verify-run-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('proves an honest fix behind the real walls, with pictures of both sides', async () => {
    const baseSha = await commitFiles(join(root, 'base'), files);
    await writeChangeSet(join(root, 'change'), baseSha, { ...honestFix, 'title.txt': 'The shop' });
    await mkdir(join(root, 'work'), { mode: 0o700 });
    const ran = await runVerification({
      base: join(root, 'base'),
      changeSet: join(root, 'change'),
      evidence: join(root, 'evidence'),
      work: join(root, 'work'),
      script,
      tell: () => {},
    });

    expect(ran).toMatchObject({
      ok: true,
      value: { verdict: { result: 'proven', missing: [], findings: [] } },
    });
    if (!ran.ok) return;
    const meta = JSON.parse(
      Buffer.from(ran.value.files.get('ui/shop/desktop/meta.json') ?? []).toString(),
    );
    expect(meta).toMatchObject({
      before: { status: 'captured' },
      after: { status: 'captured' },
      equal: { png: false, aria: false, html: false },
    });
    expect((await readdir(join(root, 'evidence'))).sort()).toEqual([
      'egress.jsonl',
      'logs',
      'patch',
      'tests',
      'ui',
      'verify.json',
    ]);
  }, 120_000);
});
