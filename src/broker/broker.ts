import type { JWTVerifyGetKey } from 'jose';
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  customFetch,
  EmbeddedJWK,
  errors,
  jwtVerify,
} from 'jose';
import type { Assurance } from '#model/assurance.ts';
import type { EntryDraft } from '#model/entry.ts';
import { Fault } from '#model/fault.ts';
import type { Grant, Phase } from '#model/grant.ts';
import type { Role } from '#model/policy.ts';
import { hasRole } from '#model/policy.ts';
import type { BearerForm } from '#model/possession.ts';
import { boundAudience, proofType } from '#model/possession.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Session } from '#model/session.ts';
import type { Trust } from './authorize.ts';
import { authorize } from './authorize.ts';
import type { Claims } from './check-claims.ts';
import { checkClaims } from './check-claims.ts';
import type { LiveRun } from './check-live.ts';
import { checkLive } from './check-live.ts';
import type { Proof, VerifyProof } from './check-proof.ts';
import { checkProof, proofKeySchema, toUsed } from './check-proof.ts';
import type { ExchangeRequest } from './check-request.ts';
import { checkRequest } from './check-request.ts';
import { glance } from './glance.ts';
import type { KeyFetch } from './key-fetch.ts';
import { wrapKeyFetch } from './key-fetch.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';
import { findRepeatedMember } from './repeated-member.ts';
import { sessionExpiry, sha256OfToken } from './session-life.ts';

/** An issuance that all checks allow: single by the store's own constraint. */
export interface Issuance {
  readonly grant: Grant;
  readonly session: Session;
  readonly entry: EntryDraft;
}

export interface ExchangeDeps {
  readonly trust: Trust & {
    readonly issuer: string;
    readonly assurance: Assurance;
    readonly bearer: BearerForm;
  };
  /** Where runners reach the App, no trailing slash; the audience is below it. */
  readonly publicUrl: string;
  readonly keys: IssuerKeys;
  readonly now: () => Date;
  /** `agm_` and 43 characters of base64url: 256 random bits. */
  readonly newSessionToken: () => string;
  /** False when this token was used before: one atomic insert. */
  readonly burn: (token: { iss: string; jti: string; keepUntil: Date }) => Promise<boolean>;
  readonly findGrant: (id: string) => Promise<Grant | undefined>;
  /** Null when there is no such run. */
  readonly readLive: (grant: Grant) => Promise<LiveRun | null>;
  /** The requester's role now, of exactly that account id. */
  readonly readRole: (grant: Grant) => Promise<Role | 'none'>;
  /** Issue, session, ledger and the run's move, in one transaction. */
  readonly issue: (
    issuance: Issuance,
  ) => Promise<'issued' | 'phase_out_of_order' | 'phase_already_issued' | 'grant_closed'>;
  /** Refusals of tokens that GitHub did sign; anybody can send the others, so they are not kept. */
  readonly append: (entry: EntryDraft) => Promise<void>;
}

/** The answer of an exchange (identity M4). No GitHub token: this version clones without one. */
export type Exchanged = {
  readonly grant: string;
  readonly repository_id: number;
} & (
  | { readonly phase: 'agent'; readonly mcp: SessionAnswer & { readonly tools: readonly string[] } }
  | { readonly phase: 'report'; readonly report: SessionAnswer }
);

interface SessionAnswer {
  readonly url: string;
  readonly session_token: string;
  readonly expires_at: string;
}

/** The issuer's clock and ours (identity §1.1: seconds ahead is normal). */
const skewSeconds = 30;
/** A used token is remembered until it could not be used anyway. */
const burnKeptSeconds = skewSeconds + 60;

/** The issuer's keys; `isUnknown` when a key is not among those read a moment ago. */
export type IssuerKeys = JWTVerifyGetKey & { readonly isUnknown?: (kid: string) => boolean };

/** The key set of the issuer: at the address that is configured, never at one a token names. */
export function openKeys(jwksUrl: string, fetchKeys: KeyFetch, now: () => number): IssuerKeys {
  const remote = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: 600_000,
    cooldownDuration: 30_000,
    timeoutDuration: 5_000,
    [customFetch]: wrapKeyFetch(fetchKeys, now),
  });
  const getKey: JWTVerifyGetKey = (header, token) => remote(header, token);
  // Within the cool-down the set is not read again, so that who is not in it stays a stranger.
  const isUnknown = (kid: string) =>
    remote.coolingDown && (remote.jwks()?.keys.every((key) => key.kid !== kid) ?? false);
  return Object.assign(getKey, { isUnknown });
}

/**
 * Exchange a job's ID token, once, for a session: checks A2 to F1 of identity.md in their order,
 * stopping at the first that fails. F2 and F3 are about a clone token, which is not issued here.
 */
export async function exchange(
  request: ExchangeRequest,
  deps: ExchangeDeps,
): Promise<Result<Exchanged, BrokerRefusal>> {
  const checked = checkRequest(request);
  if (!checked.ok) return checked;
  const { token, order } = checked.value;
  const wrong = glanceAt(token, deps);
  if (wrong !== undefined) {
    return refuse(brokerRefusal('invalid_token', 'B1', `the ID token shows ${wrong}`));
  }
  const proof = await provePossession(token, request, deps);
  if (!proof.ok) return proof;
  // One audience and no other: a token that is bound to a key is nothing without it, and the reverse.
  const audience = proof.value
    ? boundAudience(audienceOf(deps), proof.value.thumbprint)
    : audienceOf(deps);
  const payload = await verifyToken(token, audience, deps);
  if (!payload.ok) return payload;
  const claims = checkClaims(payload.value, audience, deps.trust.assurance);
  if (!claims.ok) return record(claims.refusal, order, null, deps);
  const authorized = await authorizeJob(claims.value, order, proof.value, deps);
  if (!authorized.ok) return record(authorized.refusal, order, claims.value, deps);
  const issued = await issue(
    authorized.value,
    claims.value,
    { phase: order.phase, proof: proof.value },
    deps,
  );
  return issued.ok ? issued : record(issued.refusal, order, claims.value, deps);
}

function audienceOf({ publicUrl }: Pick<ExchangeDeps, 'publicUrl'>): string {
  return `${publicUrl}/v1/exchange`;
}

const keyTroubles = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'];

/** B1. Whatever jose refuses is a bad token; a key set that cannot be had is our trouble. */
async function verifyToken(
  token: string,
  audience: string,
  deps: ExchangeDeps,
): Promise<Result<unknown, BrokerRefusal>> {
  try {
    const { payload } = await jwtVerify(token, deps.keys, {
      issuer: deps.trust.issuer,
      audience,
      algorithms: ['RS256'],
      typ: 'JWT',
      clockTolerance: skewSeconds,
      maxTokenAge: 300,
      requiredClaims: ['exp', 'iat', 'nbf', 'jti', 'sub'],
      currentDate: deps.now(),
    });
    return checkMembers(token, payload);
  } catch (error) {
    const code = error instanceof errors.JOSEError ? error.code : undefined;
    const isOurs = code === undefined || keyTroubles.includes(code);
    return refuse(
      isOurs
        ? brokerRefusal('temporarily_unavailable', 'B1', 'the issuer’s keys cannot be read')
        : brokerRefusal('invalid_token', 'B1', `the ID token is not valid: ${code}`),
    );
  }
}

/** P1; null without a proof, where the bearer form is allowed. */
async function provePossession(
  token: string,
  { proofs, body }: ExchangeRequest,
  deps: ExchangeDeps,
): Promise<Result<Proof | null, BrokerRefusal>> {
  if (proofs.length === 0 && deps.trust.bearer === 'allowed') return ok(null);
  const call = { method: 'POST', url: audienceOf(deps), token, body, now: deps.now() };
  return checkProof({ proofs, ...call }, verifyProof);
}

/** The signature of a proof; its time is compared by ourselves, to both sides. */
export const verifyProof: VerifyProof = async (proof) => {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: ['ES256'],
      typ: proofType,
    });
    const jwk = proofKeySchema.parse(protectedHeader.jwk);
    return { payload, thumbprint: await calculateJwkThumbprint(jwk) };
  } catch {
    return undefined;
  }
};

function glanceAt(token: string, deps: ExchangeDeps): string | undefined {
  return glance(token, {
    issuer: deps.trust.issuer,
    isAudience: (audience) =>
      audience === audienceOf(deps) || audience.startsWith(boundAudience(audienceOf(deps), '')),
    nowSeconds: deps.now().getTime() / 1000,
    skewSeconds,
    isUnknownKey: (kid) => deps.keys.isUnknown?.(kid) ?? false,
  });
}

/** C2, on the text itself: parsing has lost what was written twice. */
function checkMembers(token: string, payload: unknown): Result<unknown, BrokerRefusal> {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const twice = findRepeatedMember(text);
  if (twice === undefined) return ok(payload);
  const detail = `expected every claim once, got ${twice.slice(0, 100)} twice`;
  return refuse(brokerRefusal('invalid_token', 'C2', detail));
}

/** The grant, and the job that asks on it. */
interface Authorized {
  readonly grant: Grant;
  readonly checkRunId: number;
}

/** D1 to E3. */
async function authorizeJob(
  claims: Claims,
  order: { readonly grant: string; readonly phase: Phase },
  proof: Proof | null,
  deps: ExchangeDeps,
): Promise<Result<Authorized, BrokerRefusal>> {
  if (proof && !(await deps.burn(toUsed(proof)))) {
    return refuse(brokerRefusal('invalid_token', 'P1', 'the proof was used before'));
  }
  const keepUntil = new Date((claims.exp + burnKeptSeconds) * 1000);
  if (!(await deps.burn({ iss: claims.iss, jti: claims.jti, keepUntil }))) {
    return refuse(brokerRefusal('invalid_token', 'D1', 'the token was used before'));
  }
  const grant = await deps.findGrant(order.grant);
  const authorized = authorize(claims, grant, order.phase, { ...deps.trust, now: deps.now() });
  if (!authorized.ok) return authorized;
  try {
    return await checkNow(authorized.value, claims, order.phase, deps);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // GitHub said no: the installation is suspended or gone, and trying again changes nothing.
    const reason = error.code === 'GITHUB_REFUSED' ? 'denied' : 'temporarily_unavailable';
    return refuse(brokerRefusal(reason, 'E1', error.message));
  }
}

async function checkNow(
  grant: Grant,
  claims: Claims,
  phase: Phase,
  deps: ExchangeDeps,
): Promise<Result<Authorized, BrokerRefusal>> {
  const told = claims.check_run_id;
  const job = { phase, checkRunId: told === undefined ? null : Number(told) };
  const live = checkLive(await deps.readLive(grant), grant, job, deps.trust.botUserId);
  if (!live.ok) return live;
  const authorized = { grant, checkRunId: live.value };
  if (phase !== 'report') return ok(authorized);
  const role = await deps.readRole(grant);
  return hasRole(role, 'write')
    ? ok(authorized)
    : refuse(brokerRefusal('denied', 'E3', `expected the requester to have write, got ${role}`));
}

/** F1, F4: one issuance a phase; of the session's token only the SHA-256 is kept. */
async function issue(
  { grant, checkRunId }: Authorized,
  claims: Claims,
  { phase, proof }: { readonly phase: Phase; readonly proof: Proof | null },
  deps: ExchangeDeps,
): Promise<Result<Exchanged, BrokerRefusal>> {
  const token = deps.newSessionToken();
  const session: Session = {
    tokenSha256: sha256OfToken(token),
    grantId: grant.id,
    runId: grant.runId,
    repositoryId: grant.repositoryId,
    phase,
    checkRunId,
    tools: phase === 'agent' ? grant.tools : [],
    expiresAt: sessionExpiry(grant, deps.now()),
    keyThumbprint: proof?.thumbprint ?? null,
  };
  const entry: EntryDraft = {
    kind: 'broker.exchanged',
    runId: grant.runId,
    repositoryId: grant.repositoryId,
    actor: actorOf(claims),
    facts: {
      grantId: grant.id,
      phase,
      workflowRunId: grant.workflowRunId,
      checkRunId: session.checkRunId,
      jobWorkflowRef: claims.job_workflow_ref,
      sessionSha256: session.tokenSha256,
      expiresAt: session.expiresAt,
      keyThumbprint: session.keyThumbprint,
      ...(claims.check_run_id === undefined || !proof ? { assurance: 'reduced' } : {}),
    },
  };
  const issued = await deps.issue({ grant, session, entry });
  if (issued !== 'issued') {
    return refuse(brokerRefusal(issued, 'F1', `the ${phase} phase was not issued: ${issued}`));
  }
  return ok(toAnswer(grant, session, token, deps.publicUrl));
}

function toAnswer(grant: Grant, session: Session, token: string, publicUrl: string): Exchanged {
  const base = { grant: grant.id, repository_id: grant.repositoryId };
  const answer = { session_token: token, expires_at: session.expiresAt };
  const tools = session.tools.map(({ tool }) => tool);
  return session.phase === 'agent'
    ? { ...base, phase: 'agent', mcp: { url: `${publicUrl}/mcp`, ...answer, tools } }
    : { ...base, phase: 'report', report: { url: `${publicUrl}/v1/report`, ...answer } };
}

async function record(
  refusal: BrokerRefusal,
  order: { readonly grant: string; readonly phase: Phase },
  claims: Claims | null,
  deps: ExchangeDeps,
) {
  await deps.append({
    kind: 'broker.refused',
    runId: null,
    repositoryId: claims ? Number(claims.repository_id) : null,
    actor: claims ? actorOf(claims) : 'job:unknown',
    facts: {
      grantId: order.grant,
      phase: order.phase,
      error: refusal.reason,
      check: refusal.check,
      detail: refusal.detail.toWellFormed().slice(0, 1000),
    },
  });
  return refuse(refusal);
}

function actorOf(claims: Claims): string {
  return `job:${claims.run_id}/${claims.check_run_id ?? 'unsigned'}`;
}
