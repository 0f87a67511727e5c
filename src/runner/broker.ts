import type { Phase } from '#model/grant.ts';
import { type Result, refuse } from '#model/result.ts';
import { maskSecret, readIdToken } from './action-io.ts';
import { type BrokerAnswer, errorOf, postJson } from './post-json.ts';

/** Exchange this job's ID token for what the grant gives the phase (identity.md M2, M3). */
export async function exchange(
  broker: string,
  grant: string,
  phase: Phase,
): Promise<Result<BrokerAnswer, string>> {
  const url = `${broker}/v1/exchange`;
  const answer = await postJson(url, { grant, phase }, () => readIdToken(url));
  if (!answer.ok || answer.value.status === 200) return answer;
  return refuse(
    `the broker refused the exchange for the ${phase} phase: ${errorOf(answer.value.body)} (${answer.value.status})`,
  );
}

/** End a session. Idempotent; a broker that does not answer has ended it itself when the job ends. */
export async function revoke(broker: string, sessionToken: string): Promise<void> {
  maskSecret(sessionToken);
  await postJson(
    `${broker}/v1/revoke`,
    {},
    async () => sessionToken,
    async () => undefined,
  );
}
