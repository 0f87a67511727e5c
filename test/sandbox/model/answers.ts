// What providers answer, in the forms that their documentation shows.
import type { Provider } from '#model/provider.ts';

/** One answer of a provider, and what it says it cost. */
export interface Answer {
  readonly name: string;
  readonly provider: Provider;
  readonly path: string;
  readonly contentType: string;
  readonly text: string;
  readonly costs: {
    readonly input: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
    readonly output: number;
  };
  readonly model: string;
}

const events = (values: readonly (object | string)[], isNamed: boolean) =>
  values
    .map((value) => {
      if (typeof value === 'string') return `data: ${value}\n\n`;
      const name = isNamed ? `event: ${(value as { type: string }).type}\n` : '';
      return `${name}data: ${JSON.stringify(value)}\n\n`;
    })
    .join('');

const anthropicModel = 'claude-sonnet-4-5-20250929';
const anthropicStart = {
  ...{ input_tokens: 12, cache_read_input_tokens: 900, cache_creation_input_tokens: 88 },
  output_tokens: 1,
};
const stream = 'text/event-stream; charset=utf-8';
const json = 'application/json';
const gemini = {
  ...{ promptTokenCount: 110, cachedContentTokenCount: 10, toolUsePromptTokenCount: 5 },
  ...{ candidatesTokenCount: 20, thoughtsTokenCount: 30, totalTokenCount: 165 },
};
const geminiPieces = [
  {
    candidates: [{ content: { parts: [{ text: 'a — “ü' }] } }],
    usageMetadata: { ...gemini, candidatesTokenCount: 1, thoughtsTokenCount: 30 },
    modelVersion: 'gemini-2.5-pro',
  },
  {
    candidates: [{ content: { parts: [] } }],
    usageMetadata: gemini,
    modelVersion: 'gemini-2.5-pro',
  },
];
const openaiUsage = {
  ...{ input_tokens: 100, input_tokens_details: { cached_tokens: 40 } },
  ...{ output_tokens: 25, output_tokens_details: { reasoning_tokens: 5 }, total_tokens: 125 },
};

export const answers: readonly Answer[] = [
  {
    name: 'Anthropic, a message',
    ...{ provider: 'anthropic', path: '/v1/messages', contentType: json, model: anthropicModel },
    text: JSON.stringify({
      ...{ type: 'message', role: 'assistant', model: anthropicModel, content: [] },
      usage: { ...anthropicStart, output_tokens: 70 },
    }),
    costs: { input: 12, cacheRead: 900, cacheWrite: 88, output: 70 },
  },
  {
    name: 'Anthropic, a stream',
    ...{ provider: 'anthropic', path: '/v1/messages', contentType: stream, model: anthropicModel },
    text: events(
      [
        { type: 'message_start', message: { model: anthropicModel, usage: anthropicStart } },
        { type: 'ping' },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'naïve…' } },
        { type: 'message_delta', delta: {}, usage: { output_tokens: 70 } },
        { type: 'message_stop' },
      ],
      true,
    ),
    costs: { input: 12, cacheRead: 900, cacheWrite: 88, output: 70 },
  },
  {
    name: 'OpenAI, a response',
    ...{ provider: 'openai', path: '/v1/responses', contentType: json, model: 'gpt-5.1' },
    text: JSON.stringify({ object: 'response', model: 'gpt-5.1', usage: openaiUsage }),
    costs: { input: 60, cacheRead: 40, cacheWrite: 0, output: 25 },
  },
  {
    name: 'OpenAI, a stream of a response',
    ...{ provider: 'openai', path: '/v1/responses', contentType: stream, model: 'gpt-5.1' },
    text: events(
      [
        { type: 'response.created', response: { model: 'gpt-5.1', usage: null } },
        { type: 'response.output_text.delta', delta: 'x' },
        { type: 'response.completed', response: { model: 'gpt-5.1', usage: openaiUsage } },
      ],
      true,
    ),
    costs: { input: 60, cacheRead: 40, cacheWrite: 0, output: 25 },
  },
  {
    name: 'OpenAI, a chat completion',
    ...{ provider: 'openai', path: '/v1/chat/completions', contentType: json, model: 'gpt-5.1' },
    text: JSON.stringify({
      ...{ model: 'gpt-5.1', choices: [{ message: { content: 'x' } }] },
      usage: {
        ...{ prompt_tokens: 100, prompt_tokens_details: { cached_tokens: 40 } },
        ...{ completion_tokens: 25, total_tokens: 125 },
      },
    }),
    costs: { input: 60, cacheRead: 40, cacheWrite: 0, output: 25 },
  },
  {
    name: 'OpenAI, a stream of a chat completion',
    ...{ provider: 'openai', path: '/v1/chat/completions', contentType: stream, model: 'gpt-5.1' },
    text: events(
      [
        { model: 'gpt-5.1', choices: [{ delta: { content: 'x' } }], usage: null },
        { model: 'gpt-5.1', choices: [], usage: { prompt_tokens: 100, completion_tokens: 25 } },
        '[DONE]',
      ],
      false,
    ),
    costs: { input: 100, cacheRead: 0, cacheWrite: 0, output: 25 },
  },
  ...(
    [
      ['an answer', ':generateContent', json, JSON.stringify(geminiPieces[1])],
      ['a stream', ':streamGenerateContent?alt=sse', stream, events(geminiPieces, false)],
      ['a list of pieces', ':streamGenerateContent', json, JSON.stringify(geminiPieces, null, 2)],
    ] as const
  ).map(
    ([what, verb, contentType, text]): Answer => ({
      name: `Gemini, ${what}`,
      ...{ provider: 'google', path: `/v1beta/models/gemini-2.5-pro${verb}`, contentType, text },
      ...{
        costs: { input: 105, cacheRead: 10, cacheWrite: 0, output: 50 },
        model: 'gemini-2.5-pro',
      },
    }),
  ),
];
