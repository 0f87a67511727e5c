import { describe, expect, it } from '@jest/globals';
import { contextRoute } from '#agent/adapter.ts';
import { chooseAdapter } from '#agent/choose-adapter.ts';

const key = 'sk-real';
const input = {
  policy: { use: 'claude-code', minutes: 5, model: 'some-model' },
  issue: 7,
  modelKey: key,
  modelUrl: null,
  installed: '/runner/release-x/program',
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
        files: [],
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

describe.each([
  ['claude-code', 'some-model', 'x-api-key', key, 'https://api.anthropic.com'],
  ['codex', 'some-model', 'authorization', `Bearer ${key}`, 'https://api.openai.com'],
  ['gemini', 'some-model', 'x-goog-api-key', key, 'https://generativelanguage.googleapis.com'],
  ['opencode', 'openai/some-model', 'authorization', `Bearer ${key}`, 'https://api.openai.com'],
  ['opencode', 'anthropic/some-model', 'x-api-key', key, 'https://api.anthropic.com'],
] as const)('the adapter of %s with %s', (use, model, header, value, upstream) => {
  const policy = { use, model, minutes: 5 };

  it('door:one-at-a-time: keeps the key with the gate and gives the agent a placeholder', () => {
    const start = chooseAdapter(use).start({ ...input, policy });
    if (!start.ok) throw new Error(start.refusal);
    const { routes, ...inside } = start.value;
    expect(JSON.stringify(inside)).not.toContain(key);
    expect(routes).toMatchObject([{ name: 'model', upstream, header: { name: header, value } }]);
    const told = JSON.stringify(inside);
    expect(told).toContain('http://model.sallyport.internal');
    expect(told).toContain('http://context.sallyport.internal/mcp');
    expect(told).toContain('some-model');
    expect(inside.mounts).toEqual([
      { source: '/runner/release-x/program', target: '/opt/sallyport/agent' },
    ]);
  });

  it('goes by another address of the same API when it is told one', () => {
    const modelUrl = 'https://models.example.com/gateway';
    const start = chooseAdapter(use).start({ ...input, policy, modelUrl });
    expect(start).toMatchObject({ value: { routes: [{ upstream: modelUrl }] } });
  });

  it('says which secret is missing without a key', () => {
    expect(chooseAdapter(use).start({ ...input, policy, modelKey: null })).toMatchObject({
      ok: false,
      refusal: expect.stringContaining('SALLYPORT_MODEL_KEY of the environment sallyport-agent'),
    });
  });
});

it.each([[undefined], ['gpt-5.1'], ['mistral/large'], ['constructor/x']])(
  'asks OpenCode’s model for its provider, given %s',
  (model) => {
    const policy = { use: 'opencode', minutes: 5, ...(model ? { model } : {}) } as const;
    expect(chooseAdapter('opencode').start({ ...input, policy })).toMatchObject({
      ok: false,
      refusal: expect.stringContaining('anthropic/…, openai/…, google/…'),
    });
  },
);

describe('contextRoute', () => {
  it('leads one path to the broker’s MCP endpoint with the session’s token', () => {
    expect(
      contextRoute(
        'https://app.test/base/mcp',
        () => 'agm_x',
        () => 'proof',
      ),
    ).toMatchObject({
      upstream: 'https://app.test/base',
      paths: ['/mcp'],
      header: { name: 'authorization', value: 'Bearer agm_x' },
    });
  });
});
