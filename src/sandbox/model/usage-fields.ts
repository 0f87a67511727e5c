// Pure: what a provider says about usage in one JSON value of its answers.
import { z } from 'zod';
import type { Provider } from '#model/provider.ts';

/** What one value tells. What it does not tell is absent; later values replace earlier ones. */
export interface UsageFields {
  readonly model?: string;
  readonly input?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly output?: number;
  /** The provider's last word about this call. */
  readonly isFinal?: true;
  /** It carries a piece of the answer: at least one token. */
  readonly isPiece?: true;
}

const count = z.number().int().nonnegative().max(1_000_000_000).nullish();
const text = z.string().max(100).nullish();
/** A member of another shape is as one that is not there: a provider may add what it likes. */
const loose = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const anthropicUsage = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
});
const anthropicAnswer = z.looseObject({
  type: text,
  model: loose(text),
  usage: loose(anthropicUsage.nullish()),
  message: loose(z.looseObject({ model: loose(text), usage: loose(anthropicUsage.nullish()) })),
});

const openaiUsage = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.looseObject({ cached_tokens: count }).nullish(),
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count }).nullish(),
});
const openaiAnswer = z.looseObject({
  type: text,
  model: loose(text),
  usage: loose(openaiUsage.nullish()),
  response: loose(z.looseObject({ model: loose(text), usage: loose(openaiUsage.nullish()) })),
  choices: loose(z.array(z.unknown()).max(1000)),
});

const googleAnswer = z.looseObject({
  modelVersion: loose(text),
  candidates: loose(z.array(z.unknown()).max(1000)),
  usageMetadata: loose(
    z.looseObject({
      promptTokenCount: count,
      cachedContentTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      toolUsePromptTokenCount: count,
    }),
  ),
});

const readers: Readonly<Record<Provider, (value: unknown) => UsageFields>> = {
  anthropic: readAnthropic,
  openai: readOpenai,
  google: readGoogle,
};

/** Read one event of a stream, or the whole of an answer that is none. */
export function readUsageFields(provider: Provider, value: unknown): UsageFields {
  return readers[provider](value);
}

/**
 * `message_start` tells the prompt, `message_delta` the answer so far; a message tells both.
 *
 * Source  docs.anthropic.com/en/api/messages, …/build-with-claude/streaming, …/prompt-caching
 */
function readAnthropic(value: unknown): UsageFields {
  const parsed = anthropicAnswer.safeParse(value);
  if (!parsed.success) return {};
  const { message, model, type, usage } = parsed.data;
  const told = usage ?? message?.usage;
  return clean({
    model: model ?? message?.model,
    input: told?.input_tokens,
    cacheRead: told?.cache_read_input_tokens,
    cacheWrite: told?.cache_creation_input_tokens,
    output: told?.output_tokens,
    isFinal: told?.output_tokens != null && (type === 'message_delta' || type === 'message'),
    isPiece: type === 'content_block_delta',
  });
}

/**
 * Responses tell it with their last event, chat completions with their last chunk, where they were
 * asked to. Tokens from the cache are counted among those of the prompt.
 *
 * Source  platform.openai.com/docs/api-reference/responses-streaming, …/chat/streaming
 */
function readOpenai(value: unknown): UsageFields {
  const parsed = openaiAnswer.safeParse(value);
  if (!parsed.success) return {};
  const { choices, model, response, type, usage } = parsed.data;
  const told = usage ?? response?.usage;
  const cached =
    told?.input_tokens_details?.cached_tokens ?? told?.prompt_tokens_details?.cached_tokens ?? 0;
  const prompt = told?.input_tokens ?? told?.prompt_tokens;
  const isDelta = type?.endsWith('.delta') === true;
  return clean({
    model: model ?? response?.model,
    input: prompt == null ? undefined : Math.max(0, prompt - cached),
    cacheRead: prompt == null ? undefined : cached,
    output: told?.output_tokens ?? told?.completion_tokens,
    isFinal: prompt != null,
    isPiece: isDelta || (choices !== undefined && choices.length > 0 && prompt == null),
  });
}

/**
 * Each piece tells all of it so far. Tokens from the cache are counted among those of the prompt.
 *
 * Source  ai.google.dev/api/generate-content#UsageMetadata
 */
function readGoogle(value: unknown): UsageFields {
  const parsed = googleAnswer.safeParse(value);
  if (!parsed.success) return {};
  const { candidates, modelVersion, usageMetadata: told } = parsed.data;
  const cached = told?.cachedContentTokenCount ?? 0;
  const prompt =
    told?.promptTokenCount == null
      ? undefined
      : told.promptTokenCount + (told.toolUsePromptTokenCount ?? 0);
  return clean({
    model: modelVersion,
    input: prompt === undefined ? undefined : Math.max(0, prompt - cached),
    cacheRead: prompt === undefined ? undefined : cached,
    output: told && (told.candidatesTokenCount ?? 0) + (told.thoughtsTokenCount ?? 0),
    isFinal: prompt !== undefined,
    isPiece: candidates !== undefined && candidates.length > 0 && !told,
  });
}

/** Without what was not told. */
function clean(
  fields: {
    readonly [Name in keyof UsageFields]?: UsageFields[Name] | boolean | null | undefined;
  },
): UsageFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value != null && value !== false),
  );
}
