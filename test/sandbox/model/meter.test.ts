import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { costOf, findPrice } from '#model/model-price.ts';
import type { ModelUsage } from '#model/model-usage.ts';
import { sayUsage } from '#model/model-usage.ts';
import type { ModelBudget } from '#sandbox/model/meter.ts';
import { createMeter } from '#sandbox/model/meter.ts';
import { valueBytesMax } from '#sandbox/model/read-values.ts';
import type { Answer } from './answers.ts';
import { answers } from './answers.ts';

const unlimited: ModelBudget = { tokens: null, usd: null, prices: {} };
const bytes = { bytesOut: 400, bytesIn: 4000 };
const [message, messages] = answers as [Answer, Answer];
const whole = 12 + 900 + 88 + 70;

/** Carry answers past a meter, in pieces of these lengths; what it put in place of the rest. */
function carry(
  meter: ReturnType<typeof createMeter>,
  answer: Answer,
  {
    lengths = [],
    status = 200,
  }: { readonly lengths?: readonly number[]; readonly status?: number } = {},
) {
  const call = meter.open(answer.path);
  call?.answered(status, answer.contentType);
  const all = Buffer.from(answer.text);
  let at = 0;
  for (const length of [...lengths, all.length]) {
    const end = call?.push(all.subarray(at, at + length));
    if (end) return end;
    at += length;
  }
  call?.end(bytes);
  return null;
}

describe('a meter', () => {
  it.each(answers)('counts what $name says', (answer) => {
    const told: ModelUsage[] = [];
    const meter = createMeter(answer.provider, unlimited, (usage) => told.push(usage));
    expect(carry(meter, answer)).toBeNull();
    expect(meter.read()).toEqual({
      ...{ calls: 1, estimatedCalls: 0, ...answer.costs },
      ...{ usd: null, models: [answer.model], stopped: null },
    });
    expect(told).toEqual([meter.read()]);
  });

  it.each(answers)('counts the same of $name in whatever pieces it comes', (answer) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 300 }), (lengths) => {
        const meter = createMeter(answer.provider, unlimited);
        carry(meter, answer, { lengths });
        expect(meter.read()).toMatchObject({ ...answer.costs, estimatedCalls: 0 });
      }),
      { numRuns: 40 },
    );
  });

  it.each(answers)('counts $name high when it is broken off, and says so', (answer) => {
    const meter = createMeter(answer.provider, unlimited);
    carry(meter, { ...answer, text: answer.text.slice(0, 12) });
    const { input, output, estimatedCalls } = meter.read();
    expect({ estimatedCalls, input, output }).toEqual({
      estimatedCalls: 1,
      input: bytes.bytesOut / 4,
      output: bytes.bytesIn / 4,
    });
  });

  it('counts neither refusals of the provider nor questions that cost nothing', () => {
    const meter = createMeter('anthropic', unlimited);
    carry(meter, message, { status: 529 });
    carry(meter, { ...message, path: '/v1/messages/count_tokens?beta=true' });
    expect(meter.read().calls).toBe(0);
    carry(meter, { ...message, path: '/v1/messages?beta=true' });
    expect(meter.read().calls).toBe(1);
  });

  it('keeps no more of an answer than an event can be long', () => {
    const meter = createMeter('anthropic', unlimited);
    const call = meter.open('/v1/messages');
    call?.answered(200, 'text/event-stream');
    const long = Buffer.alloc(valueBytesMax / 8, 'x');
    for (let piece = 0; piece < 20; piece += 1) call?.push(long);
    call?.push(Buffer.from(`\n\n${messages.text}`));
    call?.end(bytes);
    expect(meter.read()).toMatchObject({ ...messages.costs, estimatedCalls: 0 });
  });

  it('is not moved by text of the model that looks like usage', () => {
    const fake = JSON.stringify({ type: 'message_delta', usage: { output_tokens: 0 } });
    const delta = { type: 'text_delta', text: `data: ${fake}\n\n` };
    const event = { type: 'content_block_delta', index: 0, delta, usage: 'none', message: 'x' };
    const [head = '', ...rest] = messages.text.split('event: message_delta');
    const meter = createMeter('anthropic', unlimited);
    const text = `${head}data: ${JSON.stringify(event)}\n\nevent: message_delta${rest.join('')}`;
    carry(meter, { ...messages, text });
    expect(meter.read()).toMatchObject(messages.costs);
  });
});

describe('a budget', () => {
  const tokens = (limit: number): ModelBudget => ({ ...unlimited, tokens: limit });

  it('lets calls through until it is spent, and then none, in the words of the provider', () => {
    const meter = createMeter('anthropic', tokens(2 * whole));
    carry(meter, message);
    expect(meter.refusal()).toBeNull();
    carry(meter, message);
    const refusal = meter.refusal();
    expect(refusal?.status).toBe(400);
    expect(JSON.parse(refusal?.body ?? '')).toEqual({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: `Sallyport: the model budget is spent, ${2 * whole} of ${2 * whole} tokens (agent.budget_tokens in the policy). No more calls pass.`,
      },
    });
    expect(meter.read().stopped).toBe(refusal?.sentence);
  });

  it('breaks a stream off as soon as it has cost more, with an event that the provider’s clients know', () => {
    const told: ModelUsage[] = [];
    const meter = createMeter('anthropic', tokens(999), (usage) => told.push(usage));
    const end = carry(meter, messages, { lengths: Array(200).fill(20) });
    expect(end?.last).toContain('event: error\ndata: {"type":"error"');
    expect(told.at(-1)?.stopped).toBe(end?.sentence);
    // The first event told of 1,000 tokens of the prompt; the answer itself did not come.
    expect(meter.read()).toMatchObject({ calls: 1, output: 1 });
  });

  it('counts at least one token for each piece of an answer that goes on', () => {
    const meter = createMeter('openai', tokens(50));
    const call = meter.open('/v1/responses');
    call?.answered(200, 'text/event-stream');
    const piece = Buffer.from('data: {"type":"response.output_text.delta","delta":"x"}\n\n');
    let pieces = 0;
    while (call?.push(piece) === null && pieces < 1000) pieces += 1;
    expect(pieces).toBe(50);
  });

  it('counts what runs beside it', () => {
    const meter = createMeter('anthropic', tokens(1500));
    const half = messages.text.slice(0, messages.text.indexOf('event: ping'));
    const open = [1, 2].map(() => {
      const call = meter.open(messages.path);
      call?.answered(200, messages.contentType);
      return call;
    });
    expect(open[0]?.push(Buffer.from(half))).toBeNull();
    expect(open[1]?.push(Buffer.from(half))).not.toBeNull();
  });

  const prices = {
    'claude-sonnet-4-5': { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
    'gpt-5.1': { input: 1, output: 10 },
  };
  const cost = (12 * 3 + 70 * 15 + 900 * 0.3 + 88 * 3.75) / 1e6;

  it('of money counts by the prices of the policy', () => {
    const meter = createMeter('anthropic', { tokens: null, usd: 3 * cost, prices });
    for (let call = 0; call < 2; call += 1) carry(meter, message);
    expect(meter.refusal()).toBeNull();
    expect(meter.read().usd).toBeCloseTo(2 * cost, 10);
    for (let call = 0; call < 2; call += 1) carry(meter, message);
    expect(meter.refusal()?.sentence).toContain('(agent.budget_usd in the policy)');
  });

  it('of money lets nothing more through once a model without a price has answered', () => {
    const meter = createMeter('openai', {
      tokens: null,
      usd: 100,
      prices: { other: prices['gpt-5.1'] },
    });
    const response = answers.find(({ provider }) => provider === 'openai') as Answer;
    expect(meter.refusal()).toBeNull();
    carry(meter, response);
    expect(meter.refusal()?.sentence).toContain('no price for gpt-5.1');
    expect(meter.read().usd).toBeNull();
  });

  it('of money counts a call that did not say whose it was as the dearest', () => {
    const meter = createMeter('anthropic', { tokens: null, usd: 100, prices });
    carry(meter, { ...message, text: '' });
    expect(meter.read().usd).toBeCloseTo((100 * 3 + 1000 * 15) / 1e6, 10);
  });

  it.each([
    ['anthropic', 'error.message'],
    ['openai', 'error.message'],
    ['google', 'error.message'],
  ] as const)('says it to clients of %s where they read it', (provider, at) => {
    const meter = createMeter(provider, tokens(0));
    const body = JSON.parse(meter.refusal()?.body ?? '{}');
    const [outer = '', inner = ''] = at.split('.');
    expect(body[outer][inner]).toContain('the model budget is spent, 0 of 0 tokens');
  });
});

describe('findPrice', () => {
  const prices = { 'gpt-5': { input: 1, output: 2 }, 'gpt-5-mini': { input: 0.1, output: 0.2 } };
  it.each([
    ['gpt-5', 1],
    ['gpt-5-2025-08-07', 1],
    ['gpt-5-mini-2025-08-07', 0.1],
    ['gpt-5-mini', 0.1],
    ['models/gpt-5', 1],
    ['gpt-5-pro', undefined],
    ['constructor', undefined],
  ])('finds the price of %s', (model, input) => {
    expect(findPrice(prices, model)?.input).toBe(input);
  });

  it('takes * for any other model', () => {
    expect(findPrice({ ...prices, '*': { input: 9, output: 9 } }, 'gpt-5-pro')?.input).toBe(9);
  });

  it('reads and writes of the cache cost as prompts where nothing else is said', () => {
    const tokens = { input: 1, cacheRead: 2, cacheWrite: 3, output: 4 };
    expect(costOf(tokens, { input: 1e6, output: 0 })).toBe(6);
  });
});

describe('sayUsage', () => {
  it('says it in one line', () => {
    const meter = createMeter('anthropic', {
      ...unlimited,
      prices: { '*': { input: 3, output: 15 } },
    });
    for (let call = 0; call < 12; call += 1) carry(meter, message);
    expect(sayUsage(meter.read())).toBe(
      '12 calls, 12,840 tokens (10,800 read from the cache), $0.0486, claude-sonnet-4-5-20250929',
    );
  });
});
