import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Session } from '#model/session.ts';
import type { ProveDeps } from './prove-session.ts';
import { proveSession } from './prove-session.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';
import type { SessionDeps } from './session.ts';
import { checkSession } from './session.ts';
import { sessionMs, sha256OfToken } from './session-life.ts';

export interface RenewDeps extends SessionDeps, ProveDeps {
  readonly publicUrl: string;
  /** `agm_` and 43 characters of base64url: 256 random bits. */
  readonly newSessionToken: () => string;
  /**
   * End the old one and open the new one, with the calls that were counted, in one transaction; until then,
   * or as long as the grant lives when that is less. When it ends, or null when the old one was dead.
   */
  readonly renewSession: (
    session: Session,
    next: { readonly tokenSha256: string; readonly until: Date },
  ) => Promise<Date | null>;
}

/** The answer: the token that counts from now on. */
export interface Renewed {
  readonly session_token: string;
  readonly expires_at: string;
}

/**
 * `POST /v1/renew`: an agent may work for longer than a session lives. The old token is dead before the
 * new one is known. Only the holder of the key renews: what a token's thief could make
 * last would not be short-lived (RFC 9449 §1).
 */
export async function renew(
  sessionToken: string,
  { proofs, body }: { readonly proofs: readonly string[]; readonly body: Uint8Array },
  deps: RenewDeps,
): Promise<Result<Renewed, BrokerRefusal>> {
  const found = await checkSession(sessionToken, 'agent', deps);
  if (!found.ok) return found;
  if (found.value.keyThumbprint === null)
    return refuse(brokerRefusal('denied', 'P2', 'expected a session that is bound to a key'));
  const call = { method: 'POST', url: `${deps.publicUrl}/v1/renew`, token: sessionToken };
  const session = await proveSession(found.value, { ...call, proofs, body, now: deps.now() }, deps);
  if (!session.ok) return session;
  const token = deps.newSessionToken();
  const ends = await deps.renewSession(session.value, {
    tokenSha256: sha256OfToken(token),
    until: new Date(deps.now().getTime() + sessionMs),
  });
  return ends
    ? ok({ session_token: token, expires_at: ends.toISOString() })
    : refuse(brokerRefusal('invalid_token', 'M1', 'the session ended while it was renewed'));
}
