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
    'door:one-at-a-time: in %s nothing comes after our action, and git keeps no token',
    async (phase) => {
      const { steps } = await readJob(phase);
      expect(steps.at(-1)?.uses).toBe(`./.sallyport/action/${phase}`);
      const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      expect(checkouts.map((one) => one.with['persist-credentials'])).toEqual(
        checkouts.map(() => false),
      );
    },
  );

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
