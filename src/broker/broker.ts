import type { Assurance } from '#model/assurance.ts';
import type { EntryDraft } from '#model/entry.ts';
import { Fault } from '#model/fault.ts';
import type { Grant, Phase } from '#model/grant.ts';
import type { Role } from '#model/policy.ts';
import { hasRole } from '#model/policy.ts';
import type { BearerForm } from '#model/possession.ts';
import { boundAudience } from '#model/possession.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Session } from '#model/session.ts';
import type { Trust } from './authorize.ts';
import { authorize } from './authorize.ts';
import type { Claims } from './check-claims.ts';
import { checkClaims } from './check-claims.ts';
import type { LiveRun } from './check-live.ts';
import { checkLive } from './check-live.ts';
import type { Proof } from './check-proof.ts';
import { checkProof, toUsed } from './check-proof.ts';
import type { ExchangeRequest } from './check-request.ts';
import { checkRequest } from './check-request.ts';
import { glance } from './glance.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';
import { sessionExpiry, sha256OfToken } from './session-life.ts';
import type { IssuerKeys } from './verify-token.ts';
import { skewSeconds, verifyProof, verifyToken } from './verify-token.ts';

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

/** A used token is remembered until it could not be used anyway. */
const burnKeptSeconds = skewSeconds + 60;

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
  // The token first: a flood of forged ones costs one signature each, and the cheaper kind.
  const payload = await verifyToken(token, deps.trust.issuer, deps.keys, deps.now());
  if (!payload.ok) return payload;
  const proof = await provePossession(token, request, deps);
  if (!proof.ok) return proof;
  // One audience and no other: a token that is bound to a key is nothing without it, and the reverse.
  const audience = proof.value
    ? boundAudience(audienceOf(deps), proof.value.thumbprint)
    : audienceOf(deps);
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
