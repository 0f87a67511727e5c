import { ok, refuse } from '#model/result.ts';
import { type AgentAdapter, agentEnvironment } from './adapter.ts';

/** Any program as an agent: the policy's own command line, from the base branch, by `sh -c`. */
export const command: AgentAdapter = {
  name: 'command',
  start(input) {
    const { run } = input.policy;
    if (run === undefined)
      return refuse('agent.use is "command", so agent.run must say which command: add it.');
    return ok({
      argv: ['/bin/sh', '-c', run],
      environment: agentEnvironment(input),
      mounts: [],
      files: [],
      routes: [],
    });
  },
};
