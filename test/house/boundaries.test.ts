import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));

const reportSchema = z.object({
  summary: z.object({
    violations: z.array(
      z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) }),
    ),
  }),
});

/** A small tree that keeps every boundary. Each row below adds one file that breaks one. */
const tree: Readonly<Record<string, string>> = {
  'src/main.ts': `import '#app.ts'; import '#cli/program.ts';`,
  'src/app.ts': `import '#policy/policy.ts'; import '#github/client.ts'; import '#postgres/store.ts';`,
  'src/policy/policy.ts': `import { rule } from './rule.ts'; import 'node:fs'; import '#queue/job.ts'; rule();`,
  'src/policy/rule.ts': `import type { Noun } from '#model/noun.ts'; import 'zod'; export const rule = (): Noun => 1;`,
  'src/sandbox/egress/gate.ts': `import 'node:net'; import '#model/noun.ts';`,
  'src/model/noun.ts': `import './stage-name.ts'; export type Noun = number;`,
  'src/queue/job.ts': `export const job = 1;`,
  'src/github/client.ts': `import '@octokit/core'; import '#model/noun.ts';`,
  'src/postgres/store.ts': `import 'pg'; export const store = 1;`,
  'src/runner/spawn.ts': `import 'node:child_process'; import '@actions/core';`,
  'src/local/server.ts': `import 'node:child_process'; import '#model/json.ts';`,
  'src/model/json.ts': `export type Json = null;`,
  'src/cli/program.ts': `import '#local/server.ts'; import '#sandbox/egress/gate.ts';`,
  'action/agent/main.ts': `import '#runner/spawn.ts'; import '@actions/core';`,
  'script/write.mjs': `import '../src/policy/written.ts';`,
  'src/policy/written.ts': `export const written = 1;`,
  'test/house/a.test.ts': `import '#app.ts'; import 'jest'; import '../fake/clock.ts';`,
  'test/fake/clock.ts': `export const clock = 1;`,
};

/** rule, file, what it holds, where the forbidden import leads (as far as it is the same on every machine). */
const rows: readonly (readonly [rule: string, file: string, text: string, to: string])[] = [
  [
    'no-cycle',
    'src/policy/one.ts',
    `import type { B } from './two.ts'; export type A = B;`,
    'src/policy/two.ts',
  ],
  [
    'stage-to-stage',
    'src/policy/a.ts',
    `import type { R } from '#review/r.ts'; export type X = R;`,
    'src/review/r.ts',
  ],
  [
    'stage-to-edge',
    'src/policy/b.ts',
    `import type { C } from '#github/client.ts'; export type X = C;`,
    'src/github/client.ts',
  ],
  ['edge-to-stage', 'src/github/a.ts', `import '#policy/rule.ts';`, 'src/policy/rule.ts'],
  ['edge-to-edge', 'src/github/b.ts', `import '#postgres/store.ts';`, 'src/postgres/store.ts'],
  ['standing-to-edge', 'src/queue/a.ts', `import '#postgres/store.ts';`, 'src/postgres/store.ts'],
  ['core-is-pure', 'src/policy/c.ts', `import 'node:fs/promises';`, 'fs/promises'],
  ['core-packages', 'src/policy/d.ts', `import 'jose';`, 'jose'],
  ['core-imports-model', 'src/policy/e.ts', `import '#queue/job.ts';`, 'src/queue/job.ts'],
  ['model-imports-nothing', 'src/model/a.ts', `import '#queue/job.ts';`, 'src/queue/job.ts'],
  ['local-knows-no-stage', 'src/local/a.ts', `import '#policy/rule.ts';`, 'src/policy/rule.ts'],
  ['local-knows-no-stage', 'src/local/b.ts', `import '#model/noun.ts';`, 'src/model/noun.ts'],
  ['nothing-imports-local', 'src/http/a.ts', `import '#local/server.ts';`, 'src/local/server.ts'],
  ['octokit-only-in-github', 'src/http/b.ts', `import '@octokit/core';`, '@octokit/core'],
  ['pg-only-in-postgres', 'src/http/c.ts', `import 'pg-boss';`, 'pg-boss'],
  ['actions-only-in-runner', 'src/http/d.ts', `import '@actions/core';`, '@actions/core'],
  [
    'processes-only-in-runner-and-local',
    'src/http/e.ts',
    `import 'node:child_process';`,
    'child_process',
  ],
  ['no-catch-all-names', 'src/http/f.ts', `import './utils.ts';`, 'src/http/utils.ts'],
  ['cross-folder-by-subpath', 'src/http/g.ts', `import '../queue/job.ts';`, 'src/queue/job.ts'],
  [
    'subpath-from-outside',
    'test/house/b.test.ts',
    `import '../../src/queue/job.ts';`,
    'src/queue/job.ts',
  ],
  ['no-dep-on-test', 'src/http/h.ts', `import '../../test/fake/clock.ts';`, 'test/fake/clock.ts'],
  ['no-dev-dependency', 'src/http/i.ts', `import 'fast-check';`, 'fast-check'],
  ['no-unknown-import', 'src/http/j.ts', `import './gone.ts';`, './gone.ts'],
];

/** What the rows need beside themselves, so that each breaks one boundary and no other. */
const besides: Readonly<Record<string, string>> = {
  'src/policy/two.ts': `import type { A } from './one.ts'; export type B = A;`,
  'src/review/r.ts': `export type R = 1;`,
  'src/http/utils.ts': `export const anything = 1;`,
};

describe('the boundaries', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'boundaries-')));
    for (const path of ['package.json', '.dependency-cruiser.mjs', 'src/model/stage-name.ts']) {
      await cp(join(root, path), join(folder, path));
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await plant(tree);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are silent about a tree that keeps them, and each fires on the file that breaks it, alone', async () => {
    const before = await cruise(folder);
    await plant(besides);
    await plant(Object.fromEntries(rows.map(([, file, text]) => [file, text])));
    // Everything planted is reached, but for one file.
    await plant({ 'src/main.ts': `${tree['src/main.ts']} ${importAll('src/(?!local)')}` });
    await plant({
      'src/local/server.ts': `${tree['src/local/server.ts']} ${importAll('src/local')}`,
    });
    await plant({ 'src/http/forgotten.ts': 'export const forgotten = 1;' });

    const seen = await cruise(folder);

    expect(before).toEqual([]);
    const forgotten = 'src/http/forgotten.ts';
    expect(sorted(seen)).toEqual(
      sorted([
        ...rows.map(([rule, from, , to]) => ({ rule, from, to })),
        { rule: 'not-unreachable', from: forgotten, to: forgotten },
      ]),
    );
  }, 60_000);

  it('are kept by the real tree', async () => {
    expect(await cruise(root)).toEqual([]);
  }, 60_000);

  async function plant(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }
});

/** One import for each row's file that matches, as an entry would reach it. */
function importAll(where: string): string {
  const files = rows.map(([, file]) => file).filter((file) => new RegExp(`^${where}`).test(file));
  return files.map((file) => `import '${file.replace('src/', '#')}';`).join(' ');
}

async function cruise(cwd: string) {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const argv = [program, 'src', 'action', 'test', 'script', '--output-type', 'json'];
  const text = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, argv, { cwd, maxBuffer: 64_000_000 }, (error, stdout, stderr) =>
      stdout
        ? resolve(stdout)
        : reject(new Error(`dependency-cruiser said nothing: ${stderr}`, { cause: error })),
    );
  });
  const { violations } = reportSchema.parse(JSON.parse(text)).summary;
  // Packages are named by their folder, core modules by their name, whatever the machine.
  return violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    from,
    to: to.replace(/^.*node_modules\/((?:@[^/]+\/)?[^/]+)\/.*$/, '$1'),
  }));
}

function sorted<T>(values: readonly T[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}
