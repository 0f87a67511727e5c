import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { parseOrganization } from '#policy/parse-organization.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { listPolicyKeys, organizationJsonSchema, policyJsonSchema } from '#policy/policy-schema.ts';
import { renderBundles } from '#policy/render-bundles.ts';
import { renderPolicyKeys } from '#policy/render-policy-keys.ts';

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('the policy as it is published', () => {
  it('is, for editors, the schema that judges the file', async () => {
    const published = JSON.parse(await read('schema/sallyport.schema.json'));

    expect(published).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
    expect(JSON.parse(await read('schema/sallyport-organization.schema.json'))).toEqual(
      JSON.parse(JSON.stringify(organizationJsonSchema())),
    );
    expect(await read('docs/policy.md')).toContain(
      `# yaml-language-server: $schema=${published.$id}\n`,
    );
  });

  it('says of every key what it means', () => {
    const keys = listPolicyKeys();

    expect(keys.filter(({ meaning }) => !/^.{10,}\.$/.test(meaning))).toEqual([]);
    expect(keys.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['agent.minutes', 'triggers[].role', 'context.tools.*.calls']),
    );
  });

  it('lists in docs/policy.md every key with its default and its meaning', async () => {
    const table = /<!-- keys:.*-->\n([\s\S]*?)<!-- \/keys -->/.exec(await read('docs/policy.md'));

    expect(table?.[1]).toBe(renderPolicyKeys());
  });

  it('lists in docs/policy.md every bundle with its hosts, methods, paths, reason and source', async () => {
    const table = /<!-- bundles:.*-->\n([\s\S]*?)<!-- \/bundles -->/.exec(
      await read('docs/policy.md'),
    );

    expect(table?.[1]).toBe(renderBundles());
  });

  it('shows, as its examples, files that are policies', async () => {
    const examples = [...(await read('docs/policy.md')).matchAll(/```yaml\n([\s\S]*?)```/g)];
    const answers = examples.map(([, text = '']) =>
      text.includes('verify:') ? parsePolicy(text).ok : parseOrganization(text).ok,
    );

    expect(answers).toEqual([true, true, true, true]);
  });
});
