import type { AgentAdapter } from './adapter.ts';
import { claudeCode } from './claude-code.ts';
import { command } from './command.ts';

const adapters: Readonly<Record<AgentAdapter['name'], AgentAdapter>> = {
  command,
  'claude-code': claudeCode,
};

/** The adapter of a policy's `agent.use`. */
export function chooseAdapter(use: AgentAdapter['name']): AgentAdapter {
  return adapters[use];
}
