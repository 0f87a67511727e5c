import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { readSources } from '#read-sources.ts';

const environment = {
  LINEAR_SECRET: 'lin_wh_0123456789abcdefghijklmnop',
  SENTRY_SECRET: 'b'.repeat(64),
};
const one = { kind: 'linear', secret: { env: 'LINEAR_SECRET' }, repository: 'acme/shop' };

function read(...sources: object[]) {
  return readSources(JSON.stringify(sources), environment);
}

describe('the sources of signals', () => {
  it('are read as docs/settings.md shows them, with their secrets looked up', async () => {
    const text = await readFile(new URL('../../docs/settings.md', import.meta.url), 'utf8');
    const [, example = ''] = /```yaml\n(- kind[\s\S]*?)```/.exec(text) ?? [];

    expect(readSources(example, environment)).toEqual({
      ok: true,
      value: [
        {
          name: 'linear',
          kind: 'linear',
          secret: environment.LINEAR_SECRET,
          secretPrevious: null,
          owner: 'acme',
          repository: 'shop',
          labels: [],
          only: [],
          issuesPerHour: 20,
          updatesPerHour: 200,
        },
        {
          name: 'sentry-web',
          kind: 'sentry',
          secret: environment.SENTRY_SECRET,
          secretPrevious: null,
          owner: 'acme',
          repository: 'web',
          labels: ['from-sentry'],
          only: ['web', 'fatal'],
          issuesPerHour: 20,
          updatesPerHour: 200,
        },
      ],
    });
  });

  it.each<[string, object[], RegExp]>([
    ['of a kind nobody knows', [{ ...one, kind: 'jira' }], /\[0\]\.kind: .*"linear"/],
    ['with a key nobody knows', [{ ...one, repo: 'x' }], /repo/],
    ['without a repository', [{ ...one, repository: 'shop' }], /repository: expected owner\/name/],
    [
      'with a name for two',
      [one, { ...one, secret: 'c'.repeat(30) }],
      /\[1\]\.name: .*second time/,
    ],
    ['with a secret for two', [one, { ...one, name: 'two' }], /\[1\]\.secret: .*of another source/],
    ['with a short previous secret', [{ ...one, secret_previous: { env: 'NOPE' } }], /_previous: /],
    [
      'with a secret that another is giving up',
      [
        { ...one, secret_previous: 'c'.repeat(30) },
        { ...one, name: 'b', secret: 'c'.repeat(30) },
      ],
      /\[1\]\.secret: .*of another source/,
    ],
    ['without the variable it names', [{ ...one, secret: { env: 'NOPE' } }], /secret: .*got 0/],
    ['with a short secret', [{ ...one, secret: 'hunter2' }], /secret/],
    [
      'of Standard Webhooks with a secret that is none of theirs',
      [{ ...one, kind: 'standard-webhooks', secret: `whsec_${'a'.repeat(25)}` }],
      /whsec_ and base64/,
    ],
    ['with a label that starts work', [{ ...one, labels: ['Sallyport'] }], /starts work/],
  ])('are refused %s, in words without a secret', (_name, sources, words) => {
    const answer = read(...sources);

    expect(answer).toMatchObject({ ok: false });
    if (answer.ok) return;
    expect(answer.refusal.join('\n')).toMatch(words);
    expect(answer.refusal.join('\n')).not.toMatch(/hunter2|lin_wh|aaaa|cccc/);
    expect(read(one)).toMatchObject({ ok: true });
  });

  it('have a second secret while the first one is changed', () => {
    const secret_previous = 'c'.repeat(30);

    expect(read({ ...one, secret_previous })).toMatchObject({
      ok: true,
      value: [{ secret: environment.LINEAR_SECRET, secretPrevious: secret_previous }],
    });
  });

  it.each(['', 'linear', '{"kind": "linear"}', '- [', '- &a [*a]'])(
    'are a list: %j is refused',
    (text) => {
      expect(readSources(text, environment)).toMatchObject({ ok: false });
    },
  );
});
