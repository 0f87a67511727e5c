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
 * Claude Code, headless. The model's key and the context session's token stay in the gate: the
 * CLI is given plain HTTP addresses of the gate instead of theirs. Settings, hooks and MCP servers
 * of the checkout are not read.
 *
 * Source  docs.anthropic.com/en/docs/claude-code/cli-reference, …/settings (environment variables)
 */
export const claudeCode: AgentAdapter = {
  name: 'claude-code',
  start(input) {
    const parts = demandParts(input);
    if (!parts.ok) return parts;
    return ok({
      argv: argv(input),
      environment: { ...agentEnvironment(input), ...environment },
      mounts: parts.value.mounts,
      files: [],
      routes: [modelRoute('anthropic', parts.value.key, input)],
    });
  },
};

function argv({ policy }: AgentInput): readonly string[] {
  const servers = { mcpServers: { context: { type: 'http', url: contextUrl } } };
  return [
    ...[`${agentFolder}/claude`, '-p', task, '--output-format', 'stream-json', '--verbose'],
    ...['--dangerously-skip-permissions', '--setting-sources', 'user', '--strict-mcp-config'],
    ...['--mcp-config', JSON.stringify(servers)],
    ...(policy.model === undefined ? [] : ['--model', policy.model]),
  ];
}

const environment = {
  ANTHROPIC_BASE_URL: modelOrigin,
  ANTHROPIC_API_KEY: placeholderKey,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
  IS_SANDBOX: '1',
};
