// What the policy injects reaches the gate by the action's input, phase by phase, and nothing else does.

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { policySchema } from '#model/policy.ts';
import { openSpending } from '#sandbox/model/spending.ts';
import { planOrder } from '../../action/agent/plan-order.ts';
import { describeVariables, parseVariables } from '../../action/agent/variables.ts';

const inject = { header: 'x-key', from_env: 'SEARCH_KEY' };
const policy = policySchema.parse({
  version: 1,
  agent: { use: 'command', run: 'true' },
  sandbox: {
    egress: {
      setup: [{ host: 'packages.test', inject: { ...inject, from_env: 'PACKAGES_TOKEN' } }],
      work: [{ host: 'api.test', methods: ['GET'], inject }],
    },
  },
  verify: { commands: [{ name: 'test', run: 'true' }] },
});

describe('the variables of the agent job', () => {
  it('are read line by line, with what they hold as it stands', () => {
    const text = '# keys\nSEARCH_KEY=Bearer a=b==\n\n  PACKAGES_TOKEN = s3cr3t \r\nEMPTY=\n';
    expect(parseVariables(text)).toEqual({
      ok: true,
      value: new Map([
        ['SEARCH_KEY', 'Bearer a=b=='],
        ['PACKAGES_TOKEN', 's3cr3t'],
        ['EMPTY', ''],
      ]),
    });
    expect(parseVariables('')).toEqual({ ok: true, value: new Map() });
  });

  it.each([
    ['no name', 'c4n4ry', 'line 1 is not'],
    ['a name that is GitHub’s', 'A=1\nACTIONS_ID_TOKEN_REQUEST_TOKEN=c4n4ry', 'line 2 is not'],
    ['a name in small letters', 'key=c4n4ry', 'line 1 is not'],
    ['one name twice', 'KEY=c4n4ry\nKEY=c4n4ry', 'says KEY twice'],
  ])('T3: are refused with %s, and no value is repeated', (_what, text, sentence) => {
    const parsed = parseVariables(text);
    expect(parsed).toMatchObject({ ok: false, refusal: expect.stringContaining(sentence) });
    expect(JSON.stringify(parsed)).not.toContain('c4n4ry');
  });

  it('are told apart from what the policy asks for', () => {
    const given = new Map([['SEARCH_KEY', 'x']]);
    const variable = (name: string) => given.get(name) ?? null;
    expect(describeVariables(policy, variable, ['SEARCH_KEY', 'MORE'])).toEqual([
      'The policy injects PACKAGES_TOKEN, and this job was given none: its entries let nothing pass',
      'MORE was given, and the policy injects it nowhere: it is not used',
    ]);
  });

  it('T1: go to the gate, each in its phase, and setup has neither the session nor the model', () => {
    const order = planOrder({
      policy,
      session: {
        mcpUrl: 'https://app.test/mcp',
        token: 'agm_x',
        expiresAt: '2026-11-22T13:00:00Z',
        issue: null,
        tools: [],
      },
      token: () => 'agm_x',
      prove: () => 'proof',
      baseDir: '/base',
      baseSha: 'a'.repeat(40),
      scratch: '/scratch',
      npmRegistry: null,
      modelKey: null,
      modelUrl: null,
      spending: openSpending(policy.agent),
      installed: null,
      variable: (name) => `value of ${name}`,
    });
    if (!order.ok) throw new Error(order.refusal);
    const { egress, environment, agent } = order.value;

    expect(egress.setup).toMatchObject({
      hosts: [{ host: 'packages.test', rules: [{ inject: { value: 'value of PACKAGES_TOKEN' } }] }],
      routes: [],
    });
    expect(egress.work).toMatchObject({
      hosts: [{ host: 'api.test', rules: [{ inject: { value: 'value of SEARCH_KEY' } }] }],
      routes: [{ name: 'context' }],
    });
    expect(JSON.stringify([environment, agent.environment])).not.toContain('value of');
  });

  it('and every other secret of the reusable workflow are inputs of the action', async () => {
    const read = async (path: string) =>
      parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'));
    const workflow = await read('.github/workflows/agent.yml');
    const action = await read('action/agent/action.yml');
    const step = workflow.jobs.agent.steps.at(-1);

    const secrets = Object.keys(workflow.on.workflow_call.secrets);
    expect(secrets).toEqual(['SALLYPORT_MODEL_KEY', 'SALLYPORT_VARIABLES']);
    for (const secret of secrets) {
      const input = secret.replace('SALLYPORT_', '').toLowerCase().replace('_', '-');
      expect(step.with[input]).toBe(`\${{ secrets.${secret} }}`);
      expect(Object.keys(action.inputs)).toContain(input);
      const caller = await read('docs/sallyport.yml');
      expect(caller.jobs.agent.secrets[secret]).toBe(`\${{ secrets.${secret} }}`);
    }
  });
});
