import { z } from 'zod';
import type { Phase } from '#model/grant.ts';
import type { ModelUsage } from '#model/model-usage.ts';
import { boundAudience } from '#model/possession.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { maskSecret, readIdToken } from './action-io.ts';
import type { ArtifactRef } from './artifact.ts';
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

/** A session's token, and until when it is good (RFC 3339). */
export interface SessionToken {
  readonly token: string;
  readonly expiresAt: string;
}

const renewedSchema = z.object({
  session_token: z.string().regex(/^agm_[A-Za-z0-9_-]{20,200}$/),
  expires_at: z.iso.datetime(),
});

/** Exchange a session's token for another, which lives longer; the old one is dead by then. */
export async function renew(
  broker: string,
  sessionToken: string,
  key: ProofKey,
): Promise<Result<SessionToken, string>> {
  const answer = await postJson(`${broker}/v1/renew`, {}, async () => sessionToken, { key });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status !== 200) return refuse(`the broker refused it: ${errorOf(body)} (${status})`);
  const parsed = renewedSchema.safeParse(body);
  if (!parsed.success) return refuse('the broker answered without a session');
  const { session_token: token, expires_at: expiresAt } = parsed.data;
  return ok({ token, expiresAt });
}

/** Name the change set that this job leaves, by its own session; a sentence when the App refuses it. */
export async function handOver(
  broker: string,
  sessionToken: string,
  artifact: ArtifactRef,
  key: ProofKey,
): Promise<string | null> {
  const body = { artifact: { id: artifact.id, digest: artifact.digest } };
  const url = `${broker}/v1/change-set`;
  const answer = await postJson(url, body, async () => sessionToken, { key });
  if (!answer.ok) return answer.refusal;
  const { status, body: said } = answer.value;
  return status === 202 ? null : `the App refused the change set: ${errorOf(said)} (${status})`;
}

/** Tell what the agent has used of its model until now; for people who look on, so nobody waits for it. */
export async function noteUsage(
  broker: string,
  sessionToken: string,
  usage: ModelUsage,
  key: ProofKey,
): Promise<void> {
  const body = { ...usage, models: [...usage.models] };
  const pause = async () => undefined;
  await postJson(`${broker}/v1/usage`, body, async () => sessionToken, { key, pause });
}

/** End a session. Idempotent; a broker that does not answer has ended it itself when the job ends. */
export async function revoke(broker: string, sessionToken: string): Promise<void> {
  maskSecret(sessionToken);
  await postJson(`${broker}/v1/revoke`, {}, async () => sessionToken, {
    pause: async () => undefined,
  });
}
