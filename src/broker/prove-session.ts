import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Session } from '#model/session.ts';
import type { ProvenCall, VerifyProof } from './check-proof.ts';
import { checkProof, toUsed } from './check-proof.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';

export interface ProveDeps {
  /** False when this was used before: one atomic insert. */
  readonly burn: (used: { iss: string; jti: string; keepUntil: Date }) => Promise<boolean>;
  readonly verifyProof: VerifyProof;
}

/**
 * P2: a session that was given to the holder of a key is used by the holder of that key, each proof
 * once. One that was given in the bearer form has no key, and its token is enough.
 */
export async function proveSession(
  session: Session,
  call: ProvenCall,
  deps: ProveDeps,
): Promise<Result<Session, BrokerRefusal>> {
  if (session.keyThumbprint === null) return ok(session);
  const proof = await checkProof(call, deps.verifyProof);
  if (!proof.ok) return proof;
  if (proof.value.thumbprint !== session.keyThumbprint) {
    return refuse(
      brokerRefusal('invalid_token', 'P2', 'expected the key that the session was given to'),
    );
  }
  return (await deps.burn(toUsed(proof.value)))
    ? ok(session)
    : refuse(brokerRefusal('invalid_token', 'P2', 'the proof was used before'));
}
