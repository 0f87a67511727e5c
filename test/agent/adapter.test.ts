import { describe, expect, it } from '@jest/globals';
import { contextRoute } from '#agent/adapter.ts';
import { chooseAdapter } from '#agent/choose-adapter.ts';

const key = 'sk-real';
const input = {
  policy: { use: 'claude-code', minutes: 5, model: 'some-model' },
  issue: 7,
  modelKey: key,
  program: '/opt/node/lib/node_modules/@anthropic-ai/claude-code/cli.js',
} as const;

describe('the command adapter', () => {
  it('runs the policy’s line in a shell and tells it where the context tools are', () => {
    const start = chooseAdapter('command').start({
      ...input,
      policy: { use: 'command', minutes: 5, run: 'make it' },
    });
    expect(start).toEqual({
      ok: true,
      value: {
        argv: ['/bin/sh', '-c', 'make it'],
        environment: {
          SALLYPORT_CONTEXT_URL: 'http://context.sallyport.internal/mcp',
          SALLYPORT_WORKSPACE: '/workspace',
          SALLYPORT_ISSUE: '7',
        },
        mounts: [],
        routes: [],
      },
    });
  });

  it('asks for the line when the policy has none', () => {
    const start = chooseAdapter('command').start({
      ...input,
      policy: { use: 'command', minutes: 5 },
    });
    expect(start).toMatchObject({ ok: false, refusal: expect.stringContaining('agent.run') });
  });
});

describe('the Claude Code adapter', () => {
  it('door:one-at-a-time: keeps the key with the gate and gives the agent a placeholder', () => {
    const start = chooseAdapter('claude-code').start(input);
    if (!start.ok) throw new Error(start.refusal);
    const { argv, environment, mounts, routes } = start.value;
    expect(JSON.stringify([argv, environment, mounts])).not.toContain(key);
    expect(routes).toMatchObject([{ name: 'model', header: { name: 'x-api-key', value: key } }]);
    expect(environment).toMatchObject({ ANTHROPIC_BASE_URL: 'http://model.sallyport.internal' });
    expect(argv).toEqual(expect.arrayContaining(['--strict-mcp-config', '--model', 'some-model']));
    expect(mounts).toEqual([
      {
        source: '/opt/node/lib/node_modules/@anthropic-ai',
        target: '/opt/node/lib/node_modules/@anthropic-ai',
      },
    ]);
  });

  it.each([
    [{ program: null }, 'npm install -g @anthropic-ai/claude-code'],
    [{ modelKey: null }, 'model-key'],
  ])('refuses %j with a sentence that helps', (change, sentence) => {
    expect(chooseAdapter('claude-code').start({ ...input, ...change })).toMatchObject({
      ok: false,
      refusal: expect.stringContaining(sentence),
    });
  });
});

describe('contextRoute', () => {
  it('leads one path to the broker’s MCP endpoint with the session’s token', () => {
    expect(contextRoute('https://app.test/base/mcp', 'agm_x', () => 'proof')).toMatchObject({
      upstream: 'https://app.test/base',
      paths: ['/mcp'],
      header: { name: 'authorization', value: 'Bearer agm_x' },
    });
  });
});
