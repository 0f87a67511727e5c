import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { flow } from '#flow.ts';
import { stageNames } from '#model/stage-name.ts';

const root = new URL('../../', import.meta.url);

describe('ARCHITECTURE.md', () => {
  it('prints the flow as src/flow.ts states it', async () => {
    const rows = flow.map(
      ({ name, consumes, produces, place, sentence }, index) =>
        `| ${index + 1} | ${name} | ${consumes} | ${produces} | ${place} | ${sentence} |`,
    );
    const printed = /<!-- flow:.*?-->([\s\S]*?)<!-- \/flow -->/.exec(await read('ARCHITECTURE.md'));

    expect(printed?.[1]?.trim().split('\n').slice(2)).toEqual(rows);
    expect(flow.map(({ name }) => name)).toEqual([...stageNames]);
  });

  it('describes every folder of src that has files', async () => {
    const text = await read('ARCHITECTURE.md');
    const folders = new Set<string>();
    for (const path of globSync('src/*/**/*.ts', { cwd: root })) {
      folders.add(path.split('/')[1] ?? '');
    }
    const described = [...folders].filter(
      (folder) => text.includes(`\`src/${folder}/\``) || flow.some(({ name }) => name === folder),
    );
    expect(described.sort()).toEqual([...folders].sort());
  });

  it.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'])(
    'is, with %s, free of links and file names that lead nowhere',
    async (document) => {
      const text = await read(document);
      const links = [...text.matchAll(/\]\(((?!https?:|#)[^)#]+)/g)].map((match) => match[1] ?? '');
      const missing = links.filter((link) => globSync(link, { cwd: root }).length === 0);
      expect(missing).toEqual([]);
    },
  );
});

function read(path: string): Promise<string> {
  return readFile(new URL(path, root), 'utf8');
}
