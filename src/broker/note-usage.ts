import type { ModelUsage } from '#model/model-usage.ts';
import { modelUsageSchema } from '#model/model-usage.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Session } from '#model/session.ts';
import { checkJson } from './check-request.ts';
import type { ProveDeps } from './prove-session.ts';
import { proveSession } from './prove-session.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';
import type { SessionDeps } from './session.ts';
import { checkSession } from './session.ts';

/** Counts, and names of models. */
export const usageBytesMax = 8192;

export interface NoteUsageDeps extends SessionDeps, ProveDeps {
  readonly publicUrl: string;
  /** False when the session ended since it was looked up. */
  readonly saveUsage: (session: Session, usage: ModelUsage) => Promise<boolean>;
}

/**
 * `POST /v1/usage`: the agent's job tells, while the agent works, what the gate has counted. For people who
 * look on; the limit itself is held by the gate.
 */
export async function noteUsage(
  sessionToken: string,
  request: {
    readonly proofs: readonly string[];
    readonly contentType: string | undefined;
    readonly body: Uint8Array;
  },
  deps: NoteUsageDeps,
): Promise<Result<{ readonly accepted: true }, BrokerRefusal>> {
  const found = await checkSession(sessionToken, 'agent', deps);
  if (!found.ok) return found;
  const { proofs, body } = request;
  const call = { method: 'POST', url: `${deps.publicUrl}/v1/usage`, token: sessionToken };
  const session = await proveSession(found.value, { ...call, proofs, body, now: deps.now() }, deps);
  if (!session.ok) return session;
  const json = checkJson(request, usageBytesMax);
  if (!json.ok) return json;
  const usage = modelUsageSchema.safeParse(json.value);
  if (!usage.success)
    return refuse(brokerRefusal('invalid_request', 'R3', 'expected exactly a model’s usage'));
  return (await deps.saveUsage(session.value, usage.data))
    ? ok({ accepted: true })
    : refuse(brokerRefusal('invalid_token', 'M1', 'the session ended while it was used'));
}
