import type { Provider } from '#model/provider.ts';
import { ok, refuse } from '#model/result.ts';
import {
  type AgentAdapter,
  agentEnvironment,
  agentFolder,
  contextUrl,
  demandParts,
  modelOrigin,
  placeholderKey,
  task,
} from './adapter.ts';
import { modelRoute } from './provider.ts';

/** Which path each provider's SDK adds to its base URL. */
const basePaths: Readonly<Record<Provider, string>> = {
  anthropic: '/v1',
  openai: '/v1',
  google: '/v1beta',
};

/**
 * OpenCode, headless, with any of the three providers: `agent.model` is `PROVIDER/MODEL`. Its
 * configuration is one variable of ours; the checkout's `opencode.json` and plugins are not read.
 *
 * Source  opencode.ai/docs/config, opencode.ai/docs/cli (environment variables)
 */
export const opencode: AgentAdapter = {
  name: 'opencode',
  start(input) {
    const parts = demandParts(input);
    if (!parts.ok) return parts;
    const [, provider = '', model = ''] = /^([a-z]+)\/(.+)$/.exec(input.policy.model ?? '') ?? [];
    if (!isProvider(provider))
      return refuse(
        `agent.use is "opencode", so agent.model must be ${Object.keys(basePaths).join('/…, ')}/…, got ${JSON.stringify(input.policy.model ?? null)}.`,
      );
    return ok({
      argv: argv(`${provider}/${model}`),
      environment: {
        ...agentEnvironment(input),
        ...environment,
        OPENCODE_CONFIG_CONTENT: JSON.stringify(configFor(provider, model)),
      },
      mounts: parts.value.mounts,
      files: [],
      routes: [modelRoute(provider, parts.value.key, input)],
    });
  },
};

function argv(model: string): readonly string[] {
  return [`${agentFolder}/bin/opencode`, 'run', '--format', 'json', '-m', model, task];
}

function isProvider(name: string): name is Provider {
  return Object.hasOwn(basePaths, name);
}

function configFor(provider: Provider, model: string) {
  const options = { baseURL: `${modelOrigin}${basePaths[provider]}`, apiKey: placeholderKey };
  return {
    // The model is named, so that one which is newer than the CLI's own catalogue is known too.
    provider: { [provider]: { options, models: { [model]: {} } } },
    // Titles are made by the same model: no other one is in the policy.
    small_model: `${provider}/${model}`,
    enabled_providers: [provider],
    mcp: { context: { type: 'remote', url: contextUrl, enabled: true, oauth: false } },
    permission: { '*': 'allow' },
    autoupdate: false,
    share: 'disabled',
  };
}

const environment = {
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_PROJECT_CONFIG: '1',
  OPENCODE_DISABLE_SHARE: '1',
};
