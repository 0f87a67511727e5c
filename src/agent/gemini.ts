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
 * Gemini CLI, headless, on the toolchain's Node. Its system settings win over the checkout's
 * `.gemini`: only our MCP server may be connected, hooks and extensions are off.
 *
 * Source  geminicli.com/docs/reference/configuration
 */
export const gemini: AgentAdapter = {
  name: 'gemini',
  start(input) {
    const parts = demandParts(input);
    if (!parts.ok) return parts;
    return ok({
      argv: argv(input),
      environment: { ...agentEnvironment(input), ...environment },
      mounts: parts.value.mounts,
      files: [{ target: settingsPath, text: JSON.stringify(settings) }],
      routes: [modelRoute('google', parts.value.key, input)],
    });
  },
};

/** Below folders that only root may write; the CLI skips settings anywhere else. */
const settingsPath = '/opt/sallyport/config/gemini.json';

function argv({ policy }: AgentInput): readonly string[] {
  return [
    ...['node', `${agentFolder}/bundle/gemini.js`, '--prompt', task],
    ...['--output-format', 'stream-json', '--yolo', '--extensions', 'none'],
    ...(policy.model === undefined ? [] : ['--model', policy.model]),
  ];
}

const settings = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  mcpServers: { context: { httpUrl: contextUrl, timeout: 30_000, trust: true } },
  mcp: { allowed: ['context'] },
  hooksConfig: { enabled: false },
  telemetry: { enabled: false },
  privacy: { usageStatisticsEnabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
};

const environment = {
  GEMINI_API_KEY: placeholderKey,
  GOOGLE_GEMINI_BASE_URL: modelOrigin,
  // Without it the CLI asks before each command, and nobody is there to answer.
  GEMINI_CLI_TRUST_WORKSPACE: 'true',
  GEMINI_CLI_SYSTEM_SETTINGS_PATH: settingsPath,
};
