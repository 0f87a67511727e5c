import type { ModelUsage } from './model-usage.ts';

/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** As `input` when absent. */
  readonly cache_read?: number | undefined;
  /** As `input` when absent. */
  readonly cache_write?: number | undefined;
}
export type ModelPrices = Readonly<Record<string, ModelPrice>>;

/** A release of a model: providers answer with `claude-x-20260101` where `claude-x` was asked for. */
const release = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|\d{3}|latest)$/;

/** The price of a model: by its name, by its name without its release, or by `*`, any other model's. */
export function findPrice(prices: ModelPrices, model: string): ModelPrice | undefined {
  const name = model.replace(/^models\//, '');
  const found = [name, name.replace(release, ''), '*'].find((key) => Object.hasOwn(prices, key));
  return found === undefined ? undefined : prices[found];
}

/** What these tokens cost, in US dollars. */
export function costOf(
  tokens: Pick<ModelUsage, 'input' | 'cacheRead' | 'cacheWrite' | 'output'>,
  price: ModelPrice,
): number {
  const dear =
    tokens.input * price.input +
    tokens.output * price.output +
    tokens.cacheRead * (price.cache_read ?? price.input) +
    tokens.cacheWrite * (price.cache_write ?? price.input);
  return dear / 1_000_000;
}
