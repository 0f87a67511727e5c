import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('../../script/check-workflows.mjs', import.meta.url));
const sha = '08c6903cd8c0fde910a37f88322edcfb5dd907a8';

/** A workflow that nothing is wrong with; each row changes one thing. */
const good = `name: good
on:
  workflow_call:
    inputs:
      grant: { type: string, required: true }
permissions:
  contents: read
jobs:
  verify:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@${sha} # v5
      - uses: ./.sallyport/action/verify
      - env: { GRANT: '\${{ inputs.grant }}' }
        run: echo "$GRANT" "\${{ runner.temp }}"
`;

const rows: readonly (readonly [name: string, path: string, text: string, finding: RegExp])[] = [
  [
    'a tag instead of a commit',
    'tag.yml',
    good.replace(`${sha} # v5`, 'v5'),
    /commit's 40 hex digits/,
  ],
  [
    'a commit without its version',
    'bare.yml',
    good.replace(' # v5', ''),
    /comment with the version/,
  ],
  [
    'no permissions',
    'default.yml',
    good.replace('permissions:\n  contents: read\n', ''),
    /the default may be write/,
  ],
  [
    'all permissions in one word',
    'word.yml',
    good.replace('permissions:\n  contents: read', 'permissions: write-all'),
    /one by one/,
  ],
  [
    'an input in a shell',
    'input.yml',
    good.replace('"$GRANT"', '"${{ inputs.grant }}"'),
    /no expression in a shell, got "inputs.grant"/,
  ],
  [
    'a stranger’s text in a shell',
    'title.yml',
    good
      .replace('  workflow_call:', '  issues:\n  workflow_call:')
      .replace('"$GRANT"', '"${{ github.event.issue.title }}"'),
    /potentially untrusted/,
  ],
  [
    'a job that needs one that is not there',
    'needs.yml',
    good.replace('    runs-on', '    needs: build\n    runs-on'),
    /unknown job|build/,
  ],
  [
    'a key that does not exist',
    'key.yml',
    good.replace('    runs-on', '    run-on: x\n    runs-on'),
    /run-on/,
  ],
  ['no YAML', 'broken.yml', 'jobs: [', /./],
  [
    'an agent job without its identity',
    'agent.yml',
    good,
    /expected exactly the permissions \{"contents":"read","id-token":"write"\}/,
  ],
  [
    'a verify job with an identity',
    'verify.yml',
    good.replace('  contents: read', '  contents: read\n  id-token: write'),
    /expected exactly the permissions \{"contents":"read"\}/,
  ],
  [
    'a report job that can read the code',
    'report.yml',
    good.replace('  contents: read', '  contents: read\n  id-token: write'),
    /expected exactly the permissions \{"id-token":"write"\}/,
  ],
];

describe('check-workflows', () => {
  let folder: string;
  let output: string;
  let code: number;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workflows-'));
    await plant('.github/workflows/good.yml', good);
    for (const [, path, text] of rows) await plant(`.github/workflows/${path}`, text);
    await plant('docs/sallyport.yml', good + '# more\n'.repeat(30));
    await plant(
      'action/agent/action.yml',
      'name: x\ndescription: y\nruns: { using: node1, main: a.js }\n',
    );
    ({ output, code } = await check(folder));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('ends with 1 when there is a finding, and says how many there are', () => {
    expect(code).toBe(1);
    expect(output).toMatch(/\n\d+ findings in workflows\n$/);
  });

  it('says nothing about a workflow that nothing is wrong with', () => {
    expect(output).not.toContain('workflows/good.yml');
  });

  it.each(rows)('finds %s', (_, path, _text, finding) => {
    expect(linesOf(path)).toMatch(finding);
  });

  it('finds a caller workflow that grew, and an action that no runner can start', () => {
    expect(linesOf('docs/sallyport.yml')).toContain('expected at most 40 lines, got 45');
    expect(linesOf('action/agent/action.yml')).not.toBe('');
  });

  it('finds nothing in the workflows of this repository', async () => {
    expect(await check()).toEqual({ code: 0, output: '' });
  });

  function linesOf(path: string): string {
    return output
      .split('\n')
      .filter((line) => line.includes(`${path}:`))
      .join('\n');
  }

  async function plant(path: string, text: string): Promise<void> {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
});

function check(folder?: string): Promise<{ code: number; output: string }> {
  const argv = folder ? [script, folder] : [script];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}
