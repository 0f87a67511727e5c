import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { callerWorkflow } from '#dispatch/caller-workflow.ts';

const example = {
  repository: 'sallyport/sallyport',
  sha: '0'.repeat(40),
  broker: 'https://sallyport.example.com',
};

describe('callerWorkflow', () => {
  it('is what docs/sallyport.yml shows', async () => {
    const shown = await readFile(new URL('../../docs/sallyport.yml', import.meta.url), 'utf8');
    expect(callerWorkflow(example)).toBe(shown);
  });

  it('door:one-at-a-time: gives an identity to no job that runs the change, and write rights to none', () => {
    const { permissions, jobs } = parse(callerWorkflow(example));
    expect(permissions).toEqual({});
    expect(jobs.agent.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(jobs.verify.permissions).toEqual({ contents: 'read' });
    expect(jobs.report.permissions).toEqual({ 'id-token': 'write' });
  });

  it('hands over every input that the three workflows require, and none that they do not have', async () => {
    const { jobs } = parse(callerWorkflow(example));
    for (const phase of ['verify', 'report'] as const) {
      const called = parse(
        await readFile(new URL(`../../.github/workflows/${phase}.yml`, import.meta.url), 'utf8'),
      );
      expect(Object.keys(jobs[phase].with).sort()).toEqual(
        Object.keys(called.on.workflow_call.inputs).sort(),
      );
      expect(jobs[phase].uses).toBe(
        `sallyport/sallyport/.github/workflows/${phase}.yml@${example.sha}`,
      );
    }
  });

  it.each([
    ['a broker without encryption', { ...example, broker: 'http://sallyport.example.com' }],
    ['a broker with a line break', { ...example, broker: 'https://a.example\n      x: y' }],
    ['a broker with an expression', { ...example, broker: 'https://${{ inputs.grant }}' }],
    ['a branch instead of a commit', { ...example, sha: 'main' }],
    ['a repository that is none', { ...example, repository: 'a/b@c #' }],
    ['a version that ends the comment', { ...example, version: 'v1\nx: y' }],
  ])('refuses %s', (_, caller) => {
    expect(() => callerWorkflow(caller)).toThrow(/^expected /);
  });

  it('takes an App on this machine', () => {
    expect(
      callerWorkflow({ ...example, broker: 'http://127.0.0.1:4000', version: 'v1.2.3' }),
    ).toContain('broker: http://127.0.0.1:4000\n');
  });
});
