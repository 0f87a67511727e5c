import { z } from 'zod';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Session } from '#model/session.ts';
import { artifactSchema } from './artifact.ts';
import { checkJson } from './check-request.ts';
import type { ProveDeps } from './prove-session.ts';
import { proveSession } from './prove-session.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';
import type { SessionDeps } from './session.ts';
import { checkSession } from './session.ts';

/** One id and one digest. */
export const handOverBytesMax = 1024;

const schema = z.strictObject({ artifact: artifactSchema });
/** The uploaded change set. */
export type HandedOver = z.infer<typeof schema>['artifact'];

export interface HandOverDeps extends SessionDeps, ProveDeps {
  /** Where runners reach the App, no trailing slash. */
  readonly publicUrl: string;
  /**
   * Stored once a run, with its ledger entry; `repeated` when it is the one that is there, `taken` when
   * another one is, `dead` when the session ended since it was looked up.
   */
  readonly saveHandOver: (
    session: Session,
    artifact: HandedOver,
  ) => Promise<'saved' | 'repeated' | 'taken' | 'dead'>;
}

/**
 * `POST /v1/change-set`: the agent's job says itself which change set it left, while it still holds its
 * session. Jobs between it and the report run the change, so that their word for it would be
 * the change's own (identity E3).
 */
export async function handOver(
  sessionToken: string,
  request: {
    readonly proofs: readonly string[];
    readonly contentType: string | undefined;
    readonly body: Uint8Array;
  },
  deps: HandOverDeps,
): Promise<Result<{ readonly repeated: boolean }, BrokerRefusal>> {
  const found = await checkSession(sessionToken, 'agent', deps);
  if (!found.ok) return found;
  const { proofs, body } = request;
  const call = { method: 'POST', url: `${deps.publicUrl}/v1/change-set`, token: sessionToken };
  const session = await proveSession(found.value, { ...call, proofs, body, now: deps.now() }, deps);
  if (!session.ok) return session;
  const json = checkJson(request, handOverBytesMax);
  if (!json.ok) return json;
  const parsed = schema.safeParse(json.value);
  if (!parsed.success)
    return refuse(brokerRefusal('invalid_request', 'R2', 'expected exactly one artifact'));
  const saved = await deps.saveHandOver(session.value, parsed.data.artifact);
  if (saved === 'dead')
    return refuse(brokerRefusal('invalid_token', 'M1', 'the session ended while it was used'));
  if (saved === 'taken')
    return refuse(brokerRefusal('denied', 'R2', 'another change set was handed over before'));
  return ok({ repeated: saved === 'repeated' });
}
