// docs/local-github.md says what is covered: it must say no more and no less than the code does.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ruleSchema } from '#local/rule/read-rule.ts';
import { PERMISSION_ROWS } from '../local/permission-table.ts';

const root = new URL('../../', import.meta.url).pathname;
const page = await readFile(join(root, 'docs/local-github.md'), 'utf8');

describe('docs/local-github.md', () => {
  it('lists every webhook event that is sent', async () => {
    const sent = new Set(['ping']);
    for (const path of await readdir(join(root, 'src/local'), { recursive: true })) {
      if (!path.endsWith('.ts')) continue;
      const text = await readFile(join(root, 'src/local', path), 'utf8');
      for (const [, event = ''] of text.matchAll(
        /(?:\bemit\(|deliverTo\(\s*\w+,|\.tell\([\w()]+,)\s*'([a-z_0-9]+)'/g,
      ))
        sent.add(event);
    }
    const row = /\| webhook events \| (.*) \|/.exec(page)?.[1] ?? '';
    const told = [...row.matchAll(/`([a-z_0-9]+)`/g)].map((match) => match[1]);

    expect(told).toEqual([...sent].sort());
  });

  it('counts the operations as the permission table does', () => {
    expect(page).toContain(`| REST | ${PERMISSION_ROWS.length} operations`);
  });

  it('names every place where the contract departs from GitHub’s description', async () => {
    const text = await readFile(join(root, 'script/contract/departures.mjs'), 'utf8');
    const departed = [...text.matchAll(/operation: '([^']+)'/g)].map((match) => match[1]);
    const [, told = ''] = /departs from the description([\s\S]*?)\n- /.exec(page) ?? [];

    expect([...told.matchAll(/`(\w+\/[\w-]+)`/g)].map((match) => match[1])).toEqual(departed);
  });

  it('is right about rules that are refused', () => {
    const refused = ['required_signatures', 'required_deployments', 'workflows'];
    expect(refused.filter((type) => ruleSchema.safeParse({ type }).success)).toEqual([]);
    expect(ruleSchema.safeParse({ type: 'deletion' }).success).toBe(true);
  });
});
