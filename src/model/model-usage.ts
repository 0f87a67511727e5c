import { z } from 'zod';

const count = z.number().int().nonnegative();

/** What a run's agent used of its model, as the provider counted it. */
export const modelUsageSchema = z.strictObject({
  /** Calls that the provider answered. */
  calls: count,
  /** Of them, those whose count the provider did not tell to the end: counted from their bytes, and high. */
  estimatedCalls: count,
  /** Tokens of prompts that came from no cache. */
  input: count,
  /** Tokens of prompts that were read from the provider's cache. */
  cacheRead: count,
  /** Tokens of prompts that were written to it. */
  cacheWrite: count,
  /** Tokens of answers, thinking included. */
  output: count,
  /** By `agent.prices`; null where one of the models has no price there. */
  usd: z.number().nonnegative().nullable(),
  /** Models that answered, as the provider names them. */
  models: z.array(z.string().max(100)).max(20),
  /** Why the gate let no more calls through; null when it did not come to that. */
  stopped: z.string().max(300).nullable(),
});
export type ModelUsage = z.infer<typeof modelUsageSchema>;

export const noUsage: ModelUsage = {
  ...{ calls: 0, estimatedCalls: 0, input: 0, cacheRead: 0, cacheWrite: 0, output: 0 },
  ...{ usd: 0, models: [], stopped: null },
};

/** All tokens of a usage: what `agent.budget_tokens` bounds. */
export function countTokens({
  input,
  cacheRead,
  cacheWrite,
  output,
}: Pick<ModelUsage, 'input' | 'cacheRead' | 'cacheWrite' | 'output'>): number {
  return input + cacheRead + cacheWrite + output;
}

/** Cents, and less where a sum is smaller than a dollar. */
export function sayDollars(usd: number): string {
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** One line for people: `12 calls, 34,000 tokens (30,000 read from the cache), $0.4200, claude-x`. */
export function sayUsage(usage: ModelUsage): string {
  const { calls, cacheRead, estimatedCalls, models, usd } = usage;
  const number = (value: number) => value.toLocaleString('en-US');
  const cached = cacheRead === 0 ? '' : ` (${number(cacheRead)} read from the cache)`;
  const cost = usd === null ? '' : `, ${sayDollars(usd)}`;
  const guessed = estimatedCalls === 0 ? '' : `, ${number(estimatedCalls)} of the calls estimated`;
  const names = models.length === 0 ? '' : `, ${models.join(', ')}`;
  const unit = calls === 1 ? 'call' : 'calls';
  return `${number(calls)} ${unit}, ${number(countTokens(usage))} tokens${cached}${cost}${guessed}${names}`;
}
