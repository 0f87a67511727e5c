// What an agent uses of its model, counted in what the provider answers, and held to the policy.
import type { ModelPrice, ModelPrices } from '#model/model-price.ts';
import { costOf, findPrice } from '#model/model-price.ts';
import type { ModelUsage } from '#model/model-usage.ts';
import { countTokens, noUsage, sayDollars } from '#model/model-usage.ts';
import type { Provider } from '#model/provider.ts';
import type { MeteredCall, RouteMeter } from '#model/sandbox.ts';
import { refusalBody, refusalEvent, refusalStatus } from './model-refusal.ts';
import { readValues, type ValueReader } from './read-values.ts';
import { readUsageFields, type UsageFields } from './usage-fields.ts';

/** What a run may use; null is without a limit. */
export interface ModelBudget {
  readonly tokens: number | null;
  readonly usd: number | null;
  readonly prices: ModelPrices;
}

/** One meter a run. */
export interface ModelMeter extends RouteMeter {
  read(): ModelUsage;
}

/** Calls that cost nothing: they ask how many tokens something would be. */
const free = /\/count_tokens$|:countTokens$/;
/** A token has about four bytes; the text around it makes this count high. */
const bytesPerToken = 4;
const modelsMax = 20;

/** Tokens of one call by what is known of it now. */
interface CallCount {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}
const nothing: CallCount = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

/** Open a meter. `onChange` is told of the usage whenever a call ends, and when the budget is spent. */
export function createMeter(
  provider: Provider,
  budget: ModelBudget,
  onChange: (usage: ModelUsage) => void = () => undefined,
): ModelMeter {
  let ended: ModelUsage = noUsage;
  const running = new Set<() => { readonly tokens: CallCount; readonly model: string }>();

  const read = (): ModelUsage => {
    let usage = ended;
    for (const call of running) {
      const { model, tokens } = call();
      usage = add(usage, tokens, model, budget.prices);
    }
    return usage;
  };
  const stop = (sentence: string | null) => {
    if (sentence === null || ended.stopped !== null) return ended.stopped;
    ended = { ...ended, stopped: sentence };
    onChange(read());
    return sentence;
  };

  return {
    read,
    refusal: () => {
      const sentence = stop(troubleOf(read(), budget, 'reached'));
      if (sentence === null) return null;
      const body = refusalBody(provider, sentence);
      return { status: refusalStatus, body, sentence };
    },
    open: (path) => (free.test(path.split('?', 1)[0] ?? '') ? null : openCall()),
  };

  function openCall(): MeteredCall {
    let fields: UsageFields = {};
    let pieces = 0;
    let reader: ValueReader | undefined;
    let isStream = false;
    const count = () => ({ tokens: countOf(fields, pieces), model: fields.model ?? '' });
    return {
      answered: (status, contentType) => {
        if (status < 200 || status > 299) return;
        running.add(count);
        isStream = /^text\/event-stream\b/i.test(contentType ?? '');
        reader = readValues(contentType, (value) => {
          const told = readUsageFields(provider, value);
          if (told.isPiece) pieces += 1;
          fields = { ...fields, ...told };
        });
      },
      push: (bytes) => {
        reader?.push(bytes);
        if (!reader || !isStream) return null;
        const sentence = stop(troubleOf(read(), budget, 'passed'));
        return sentence === null ? null : { sentence, last: refusalEvent(provider, sentence) };
      },
      end: (bytes) => {
        if (!reader) return;
        reader.end();
        reader = undefined;
        running.delete(count);
        const isKnown = fields.isFinal === true;
        const tokens = isKnown ? countOf(fields, 0) : estimate(countOf(fields, pieces), bytes);
        ended = add(ended, tokens, fields.model ?? '', budget.prices);
        if (!isKnown) ended = { ...ended, estimatedCalls: ended.estimatedCalls + 1 };
        if (stop(troubleOf(ended, budget, 'passed')) === null) onChange(read());
      },
    };
  }
}

/** What was told, and a token at least for each piece of an answer that goes on. */
function countOf(fields: UsageFields, pieces: number): CallCount {
  const told = { ...nothing, ...pick(fields) };
  return { ...told, output: Math.max(told.output, pieces) };
}

function pick({ input, cacheRead, cacheWrite, output }: UsageFields): Partial<CallCount> {
  return {
    ...(input === undefined ? {} : { input }),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(output === undefined ? {} : { output }),
  };
}

/** Nobody told it to the end: rather too much than too little. */
function estimate(
  known: CallCount,
  { bytesIn, bytesOut }: { readonly bytesIn: number; readonly bytesOut: number },
): CallCount {
  const prompt = known.input + known.cacheRead + known.cacheWrite;
  return {
    ...known,
    input: prompt > 0 ? known.input : Math.ceil(bytesOut / bytesPerToken),
    output: Math.max(known.output, Math.ceil(bytesIn / bytesPerToken)),
  };
}

function add(usage: ModelUsage, tokens: CallCount, model: string, prices: ModelPrices): ModelUsage {
  const price = model === '' ? dearest(prices) : findPrice(prices, model);
  const cost = price && costOf(tokens, price);
  const isNew = model !== '' && !usage.models.includes(model) && usage.models.length < modelsMax;
  return {
    ...usage,
    calls: usage.calls + 1,
    input: usage.input + tokens.input,
    cacheRead: usage.cacheRead + tokens.cacheRead,
    cacheWrite: usage.cacheWrite + tokens.cacheWrite,
    output: usage.output + tokens.output,
    usd: usage.usd === null || cost === undefined ? null : usage.usd + cost,
    models: isNew ? [...usage.models, model.slice(0, 100)] : usage.models,
  };
}

/** For a call that was broken off before it said whose it was. */
function dearest(prices: ModelPrices): ModelPrice | undefined {
  return Object.values(prices).toSorted((a, b) => b.output - a.output)[0];
}

/** The limit that is reached or passed, as the agent and the maintainer read it; null when none is. */
function troubleOf(
  usage: ModelUsage,
  { prices, tokens, usd }: ModelBudget,
  how: 'reached' | 'passed',
): string | null {
  const isOver = (used: number, limit: number) =>
    how === 'reached' ? used >= limit : used > limit;
  const used = countTokens(usage);
  if (tokens !== null && isOver(used, tokens))
    return `Sallyport: the model budget is spent, ${used} of ${tokens} tokens (agent.budget_tokens in the policy). No more calls pass.`;
  if (usd === null) return null;
  if (usage.usd === null) {
    const name =
      usage.models.find((model) => !findPrice(prices, model)) ?? 'a model without a name';
    return `Sallyport: agent.budget_usd cannot be held, since agent.prices in the policy has no price for ${name}. No more calls pass.`;
  }
  return isOver(usage.usd, usd)
    ? `Sallyport: the model budget is spent, ${sayDollars(usage.usd)} of ${sayDollars(usd)} (agent.budget_usd in the policy). No more calls pass.`
    : null;
}
