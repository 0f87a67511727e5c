import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { callerWorkflow } from '#dispatch/caller-workflow.ts';

const step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
const job = z.object({
  permissions: z.record(z.string(), z.string()),
  environment: z.string().optional(),
  secrets: z.unknown().optional(),
  steps: z.array(step).default([]),
});
const workflow = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), job),
});

const phases = ['agent', 'verify', 'report'] as const;
type Phase = (typeof phases)[number];

async function readText(phase: Phase): Promise<string> {
  return readFile(new URL(`../../.github/workflows/${phase}.yml`, import.meta.url), 'utf8');
}

/** A phase's workflow has exactly one job, named for the phase. */
async function readJob(phase: Phase): Promise<z.infer<typeof job>> {
  const { permissions, jobs } = workflow.parse(parse(await readText(phase)));
  expect(permissions).toEqual({});
  expect(Object.keys(jobs)).toEqual([phase]);
  return job.parse(jobs[phase]);
}

/** “Who holds what”, as GitHub enforces it. */
const held = {
  agent: { contents: 'read', 'id-token': 'write' },
  verify: { contents: 'read' },
  report: { 'id-token': 'write' },
} as const satisfies Record<Phase, Record<string, string>>;

describe('the three jobs', () => {
  it.each(phases)(
    'door:one-at-a-time: %s holds what the table says and nothing more',
    async (phase) => {
      expect((await readJob(phase)).permissions).toEqual(held[phase]);
    },
  );

  it('door:one-at-a-time: the job that runs the change has no identity, no secret and no environment', async () => {
    const { environment, secrets } = await readJob('verify');
    expect({ environment, secrets }).toEqual({ environment: undefined, secrets: undefined });
    expect(await readText('verify')).not.toMatch(/secrets\.|id-token: write/);
  });

  it('door:one-at-a-time: the job that reports checks out Sallyport only, and no change', async () => {
    const { steps } = await readJob('report');
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.map((one) => one.with.repository)).toEqual(['${{ job.workflow_repository }}']);
    expect(steps.filter(({ run }) => run !== undefined)).toEqual([]);
  });

  it.each(phases)(
    'door:one-at-a-time: T-H4, T-H10: in %s nothing comes after our action, and git keeps no token',
    async (phase) => {
      const { steps } = await readJob(phase);
      expect(steps.at(-1)?.uses).toBe(`./.sallyport/action/${phase}`);
      const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      expect(checkouts.map((one) => one.with['persist-credentials'])).toEqual(
        checkouts.map(() => false),
      );
    },
  );

  it.each(phases)(
    'T-H6: %s restores and saves no cache, by itself or by what it uses',
    async (phase) => {
      const { steps } = await readJob(phase);
      const names = steps.flatMap(({ uses }) => uses?.split('@')[0] ?? []);
      const known = ['actions/checkout', `./.sallyport/action/${phase}`];
      expect(names.filter((name) => !known.includes(name))).toEqual([]);
      expect(steps.filter((one) => 'cache' in one.with)).toEqual([]);
      const bundle = await readFile(
        new URL(`../../action/${phase}/dist/main.mjs`, import.meta.url),
        'utf8',
      );
      expect(bundle).not.toMatch(/CacheService|saveCache|restoreCache/);
    },
  );

  it('T-H13: each job that asks for a token has an environment, which is in the token’s subject', async () => {
    const environments = await Promise.all(
      (['agent', 'report'] as const).map(async (phase) => (await readJob(phase)).environment),
    );
    expect(environments).toEqual(['sallyport-agent', 'sallyport-report']);
  });

  it('grant:never-widens: the workflow that users copy gives each job the same, and secrets by name to the agent’s alone', () => {
    const text = callerWorkflow({
      repository: 'sallyport/sallyport',
      sha: 'a'.repeat(40),
      broker: 'https://sallyport.example.com',
    });
    const { permissions, jobs } = workflow.parse(parse(text));
    expect(permissions).toEqual({});
    expect(Object.fromEntries(phases.map((phase) => [phase, jobs[phase]?.permissions]))).toEqual(
      held,
    );
    const secrets = phases.map((phase) => [phase, jobs[phase]?.secrets]);
    const byName = (name: string) => [name, `\${{ secrets.${name} }}`];
    expect(Object.fromEntries(secrets)).toEqual({
      agent: Object.fromEntries(['SALLYPORT_MODEL_KEY', 'SALLYPORT_VARIABLES'].map(byName)),
    });
  });
});
