import type { AgentStart } from '#agent/adapter.ts';
import { contextRoute } from '#agent/adapter.ts';
import { chooseAdapter } from '#agent/choose-adapter.ts';
import type { Policy } from '#model/policy.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { egressEnvironment, egressPhasesOf } from '#sandbox/egress-policy.ts';
import type { Spending } from '#sandbox/model/spending.ts';
import type { AgentOrder } from '#sandbox/run-agent.ts';
import type { AgentSession } from './session.ts';

/** What the order is made of besides the policy. */
export interface OrderFacts {
  readonly policy: Policy;
  readonly session: AgentSession;
  /** The session's token, as it is when a call is made. */
  readonly token: () => string;
  /** Proves a call of the context session. */
  readonly prove: (method: string, url: string) => string;
  readonly baseDir: string;
  readonly baseSha: string;
  readonly scratch: string;
  readonly npmRegistry: string | null;
  readonly modelKey: string | null;
  /** Another address of the model's API; null for its public one. */
  readonly modelUrl: string | null;
  /** Where the agent's release was unpacked; null for agents without one. */
  readonly installed: string | null;
  /** A variable of the job, for what the policy injects. */
  readonly variable: (name: string) => string | null;
  /** Counts what the model is asked. */
  readonly spending: Spending;
}

/** Policy, session and runner to one order; a sentence when they do not go together. */
export function planOrder(facts: OrderFacts): Result<AgentOrder, string> {
  const { policy, session, npmRegistry } = facts;
  const adapter = chooseAdapter(policy.agent.use);
  const start: Result<AgentStart, string> = adapter.start({
    policy: policy.agent,
    issue: session.issue,
    modelKey: facts.modelKey,
    modelUrl: facts.modelUrl,
    installed: facts.installed,
    meter: facts.spending.meter,
  });
  if (!start.ok) return start;
  const egress = egressPhasesOf(policy, npmRegistry, facts.variable);
  if (!egress.ok) return refuse(egress.refusal);
  const routes = [contextRoute(session.mcpUrl, facts.token, facts.prove), ...start.value.routes];
  return ok({
    use: adapter.name,
    baseDir: facts.baseDir,
    baseSha: facts.baseSha,
    scratch: facts.scratch,
    setup: policy.sandbox.setup ?? null,
    agent: start.value,
    mounts: start.value.mounts,
    files: start.value.files,
    // What installs packages runs strangers' scripts: neither the model's key nor the session serves it.
    egress: { setup: egress.value.setup, work: { ...egress.value.work, routes } },
    environment: { CI: 'true', ...egressEnvironment(npmRegistry) },
    usage: facts.spending.read,
    minutes: policy.agent.minutes,
    memoryMib: policy.sandbox.memory_mib,
    pids: policy.sandbox.pids,
  });
}
