import { ok } from '#model/result.ts';
import {
  type AgentAdapter,
  type AgentInput,
  agentEnvironment,
  agentFolder,
  contextUrl,
  demandParts,
  modelOrigin,
  placeholderKey,
  task,
} from './adapter.ts';
import { modelRoute } from './provider.ts';

/**
 * Codex, headless. Its own sandbox is off, because this one is around it. Everything it is told comes
 * by its command line, which wins over files; the checkout is not trusted, so that its `.codex` is not
 * read. It ends with an error of its own when the context tools cannot be reached.
 *
 * Source  developers.openai.com/codex/config-reference
 */
export const codex: AgentAdapter = {
  name: 'codex',
  start(input) {
    const parts = demandParts(input);
    if (!parts.ok) return parts;
    return ok({
      argv: argv(input),
      environment: { ...agentEnvironment(input), SALLYPORT_MODEL_KEY: placeholderKey },
      mounts: parts.value.mounts,
      files: [],
      routes: [modelRoute('openai', parts.value.key, input)],
    });
  },
};

function argv({ policy }: AgentInput): readonly string[] {
  return [
    ...[`${agentFolder}/bin/codex`, 'exec', '--json', '--skip-git-repo-check'],
    '--dangerously-bypass-approvals-and-sandbox',
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${toToml(value)}`]),
    ...(policy.model === undefined ? [] : ['--model', policy.model]),
    task,
  ];
}

const settings = {
  projects: { '/workspace': { trust_level: 'untrusted' } },
  model_provider: 'sallyport',
  'model_providers.sallyport': {
    name: 'sallyport',
    base_url: `${modelOrigin}/v1`,
    env_key: 'SALLYPORT_MODEL_KEY',
    wire_api: 'responses',
  },
  'mcp_servers.context': { url: contextUrl, required: true, startup_timeout_sec: 20 },
  'analytics.enabled': false,
} as const;

type TomlValue = string | number | boolean | { readonly [key: string]: TomlValue };

/** An inline value (toml.io): JSON's strings, numbers and booleans are TOML's. */
function toToml(value: TomlValue): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}=${toToml(one)}`);
  return `{${pairs.join(',')}}`;
}
