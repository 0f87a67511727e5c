import { z } from 'zod';
import type { Assurance } from '#model/assurance.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';

/** GitHub writes every claim of its own as a string, also the numbers. */
const text = z.string().min(1).max(512);
const id = z.string().regex(/^[1-9][0-9]{0,19}$/);
const sha = z.string().regex(/^[0-9a-f]{40}$/);
const seconds = z.number().int().positive();

const schema = z.object({
  iss: text,
  aud: text,
  sub: text,
  jti: text,
  exp: seconds,
  iat: seconds,
  nbf: seconds,
  repository: text,
  repository_id: id,
  repository_owner_id: id,
  ref: text,
  ref_type: text,
  sha,
  event_name: text,
  workflow_ref: text,
  workflow_sha: sha,
  job_workflow_ref: text,
  job_workflow_sha: sha,
  run_id: id,
  run_attempt: id,
  /** Missing only under reduced assurance: then the job is taken from the API. */
  check_run_id: id.optional(),
  actor_id: id,
  runner_environment: text,
  environment: text,
  // Only a pull request has these, and a pull request's job never gets anything.
  head_ref: z.string().max(512).optional(),
  base_ref: z.string().max(512).optional(),
});

/** The claims of one job's ID token, every one of the form GitHub gives it. */
export type Claims = z.infer<typeof schema>;

/** GitHub's tokens live five minutes; a token that lives longer is not one of those. */
const lifeSecondsMax = 600;
/** The immutable subject: `repo:owner@1/name@2:…` (since 2026-07). */
const immutableSub = /^repo:[^:@/]+@([0-9]+)\/[^:@/]+@([0-9]+):/;

/**
 * C1–C4: what jose does not check. The payload's signature, issuer, type and times were.
 *
 * Source  identity.md findings 6 and 9; docs.github.com/actions/reference/security/oidc
 */
export function checkClaims(
  payload: unknown,
  audience: string,
  assurance: Assurance = 'full',
): Result<Claims, BrokerRefusal> {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const claim = issue?.path.map(String).join('.') ?? '';
    const check = claim === 'aud' ? 'C1' : 'C2';
    return refuse(brokerRefusal('invalid_token', check, `expected the claim ${claim} in its form`));
  }
  const claims = parsed.data;
  if (claims.check_run_id === undefined && assurance === 'full') {
    return refuse(
      brokerRefusal('invalid_token', 'C2', 'expected the claim check_run_id in its form'),
    );
  }
  if (claims.aud !== audience) {
    return refuse(brokerRefusal('invalid_token', 'C1', 'expected our own audience'));
  }
  const life = claims.exp - claims.iat;
  if (life <= 0 || life > lifeSecondsMax) {
    return refuse(
      brokerRefusal(
        'invalid_token',
        'C2',
        `expected a life of at most ${lifeSecondsMax} s, got ${life}`,
      ),
    );
  }
  if (claims.head_ref || claims.base_ref) {
    return refuse(brokerRefusal('denied', 'C3', 'expected a job outside of pull requests'));
  }
  return checkSubject(claims);
}

function checkSubject(claims: Claims): Result<Claims, BrokerRefusal> {
  const [, owner, repository] = immutableSub.exec(claims.sub) ?? [];
  if (owner === undefined) return ok(claims);
  return owner === claims.repository_owner_id && repository === claims.repository_id
    ? ok(claims)
    : refuse(brokerRefusal('denied', 'C4', 'expected the subject’s ids to be the id claims'));
}
