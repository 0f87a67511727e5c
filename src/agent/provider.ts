// Pure: the model providers that the gate has a way to, and how each takes its key.
import type { Provider } from '#model/provider.ts';
import type { EgressRoute } from '#model/sandbox.ts';
import { type AgentInput, modelOrigin } from './adapter.ts';

interface ProviderFacts {
  readonly origin: string;
  /** Raw paths of the API that agents call; `*` is anything within one segment. */
  readonly paths: readonly string[];
  readonly header: (key: string) => { readonly name: string; readonly value: string };
}

/**
 * Source  docs.anthropic.com/en/api/messages · platform.openai.com/docs/api-reference/responses ·
 *         ai.google.dev/api/generate-content
 */
const providers: Readonly<Record<Provider, ProviderFacts>> = {
  anthropic: {
    origin: 'https://api.anthropic.com',
    paths: ['/v1/messages', '/v1/messages/count_tokens'],
    header: (key) => ({ name: 'x-api-key', value: key }),
  },
  openai: {
    origin: 'https://api.openai.com',
    paths: ['/v1/responses', '/v1/chat/completions'],
    header: (key) => ({ name: 'authorization', value: `Bearer ${key}` }),
  },
  google: {
    origin: 'https://generativelanguage.googleapis.com',
    paths: ['generateContent', 'streamGenerateContent', 'countTokens'].map(
      (verb) => `/v1beta/models/*:${verb}`,
    ),
    header: (key) => ({ name: 'x-goog-api-key', value: key }),
  },
};

/** The way to the model. `modelUrl` is another address of the same API, a company's gateway. */
export function modelRoute(
  provider: Provider,
  key: string,
  { meter, modelUrl }: Pick<AgentInput, 'meter' | 'modelUrl'>,
): EgressRoute {
  const { header, origin, paths } = providers[provider];
  return {
    host: new URL(modelOrigin).host,
    name: 'model',
    upstream: modelUrl ?? origin,
    paths,
    methods: ['POST'],
    header: header(key),
    ...(meter ? { meter: meter(provider) } : {}),
  };
}
