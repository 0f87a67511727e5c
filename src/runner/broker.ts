import type { Phase } from '#model/grant.ts';
import { boundAudience } from '#model/possession.ts';
import { type Result, refuse } from '#model/result.ts';
import { maskSecret, readIdToken } from './action-io.ts';
import { type BrokerAnswer, errorOf, postJson } from './post-json.ts';
import type { ProofKey } from './proof-key.ts';

/**
 * Exchange this job's ID token for what the grant gives the phase (identity.md M2, M3). The token is
 * good for the holder of this key alone, and so is the session.
 */
export async function exchange(
  broker: string,
  grant: string,
  phase: Phase,
  key: ProofKey,
): Promise<Result<BrokerAnswer, string>> {
  const url = `${broker}/v1/exchange`;
  const audience = boundAudience(url, key.thumbprint);
  const answer = await postJson(url, { grant, phase }, () => readIdToken(audience), { key });
  if (!answer.ok || answer.value.status === 200) return answer;
  return refuse(
    `the broker refused the exchange for the ${phase} phase: ${errorOf(answer.value.body)} (${answer.value.status})`,
  );
}

/** End a session. Idempotent; a broker that does not answer has ended it itself when the job ends. */
export async function revoke(broker: string, sessionToken: string): Promise<void> {
  maskSecret(sessionToken);
  await postJson(`${broker}/v1/revoke`, {}, async () => sessionToken, {
    pause: async () => undefined,
  });
}
