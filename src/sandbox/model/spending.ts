import type { ModelUsage } from '#model/model-usage.ts';
import type { Policy } from '#model/policy.ts';
import type { Provider } from '#model/provider.ts';
import type { RouteMeter } from '#model/sandbox.ts';
import { createMeter, type ModelMeter } from './meter.ts';

/** What one agent may spend, and has. */
export interface Spending {
  /** For the adapter: a meter for the provider that it speaks to. */
  readonly meter: (provider: Provider) => RouteMeter;
  /** Null for an agent whose model is not asked through the gate's own route. */
  readonly read: () => ModelUsage | null;
}

/** Hold an agent to the budget of its policy; `onChange` is told of each call that ended. */
export function openSpending(
  { budget_tokens, budget_usd, prices }: Policy['agent'],
  onChange?: (usage: ModelUsage) => void,
): Spending {
  const budget = { tokens: budget_tokens ?? null, usd: budget_usd ?? null, prices: prices ?? {} };
  let open: ModelMeter | null = null;
  return {
    meter: (provider) => {
      open = createMeter(provider, budget, onChange);
      return open;
    },
    read: () => open?.read() ?? null,
  };
}
