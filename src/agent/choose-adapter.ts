import type { AgentAdapter } from './adapter.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { command } from './command.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';

const adapters: Readonly<Record<AgentAdapter['name'], AgentAdapter>> = {
  command,
  'claude-code': claudeCode,
  codex,
  gemini,
  opencode,
};

/** The adapter of a policy's `agent.use`. */
export function chooseAdapter(use: AgentAdapter['name']): AgentAdapter {
  return adapters[use];
}
