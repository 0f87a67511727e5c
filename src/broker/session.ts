import type { Grant, Phase } from '#model/grant.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Session } from '#model/session.ts';
import type { LiveRun } from './check-live.ts';
import { jobName } from './check-live.ts';
import type { Report } from './parse-report.ts';
import { parseReport } from './parse-report.ts';
import type { ProveDeps } from './prove-session.ts';
import { proveSession } from './prove-session.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';
import { sha256OfToken } from './session-life.ts';

export interface SessionDeps {
  /** A session that is not revoked, whose grant is open; expired ones may be among them. */
  readonly findSession: (tokenSha256: string) => Promise<Session | undefined>;
  readonly now: () => Date;
}

const tokenForm = /^agm_[A-Za-z0-9_-]{43}$/;

/** A live session of this phase, by its token. Looked up by digest: time tells nothing. */
export async function checkSession(
  token: string,
  phase: Phase,
  deps: SessionDeps,
): Promise<Result<Session, BrokerRefusal>> {
  const invalid = (detail: string) => refuse(brokerRefusal('invalid_token', 'M1', detail));
  if (!tokenForm.test(token)) return invalid('expected a session token');
  const session = await deps.findSession(sha256OfToken(token));
  if (!session) return invalid('expected a live session, got none');
  if (Date.parse(session.expiresAt) <= deps.now().getTime()) return invalid('the session expired');
  if (session.phase === phase) return ok(session);
  return refuse(
    brokerRefusal('denied', 'M2', `expected a session of ${phase}, got ${session.phase}`),
  );
}

export interface ReportDeps extends SessionDeps, ProveDeps {
  /** Where runners reach the App, no trailing slash. */
  readonly publicUrl: string;
  /**
   * Stored once, with its ledger entry and the `publish` job; `repeated` when there was one, `dead`
   * when the session ended since it was looked up.
   */
  readonly saveReport: (session: Session, report: Report) => Promise<'saved' | 'repeated' | 'dead'>;
}

/** Take what the report job names. The first one counts; the same words again are no error. */
export async function report(
  sessionToken: string,
  request: {
    readonly proofs: readonly string[];
    readonly contentType: string | undefined;
    readonly body: Uint8Array;
  },
  deps: ReportDeps,
): Promise<Result<{ readonly repeated: boolean }, BrokerRefusal>> {
  const found = await checkSession(sessionToken, 'report', deps);
  if (!found.ok) return found;
  const { proofs, body } = request;
  const call = { method: 'POST', url: `${deps.publicUrl}/v1/report`, token: sessionToken };
  const session = await proveSession(found.value, { ...call, proofs, body, now: deps.now() }, deps);
  if (!session.ok) return session;
  const parsed = parseReport(request);
  if (!parsed.ok) return parsed;
  const saved = await deps.saveReport(session.value, parsed.value);
  return saved === 'dead'
    ? refuse(brokerRefusal('invalid_token', 'M1', 'the session ended while it was used'))
    : ok({ repeated: saved === 'repeated' });
}

export interface RevokeDeps {
  /** False when there was nothing to revoke. */
  readonly revokeSession: (tokenSha256: string) => Promise<boolean>;
}

/**
 * End a session. Its token alone is enough: the post step has no key any more, and whoever stole a
 * token may end what it is worth. The answer is the same for every token, so that nothing
 * can be learnt.
 */
export async function revoke(sessionToken: string, deps: RevokeDeps): Promise<void> {
  if (tokenForm.test(sessionToken)) await deps.revokeSession(sha256OfToken(sessionToken));
}

export interface RevokeJobDeps {
  readonly revokePhase: (workflowRunId: number, phase: Phase) => Promise<number>;
}

/** `run:identity`: what a job held ends with the job, whoever ended it. */
export async function revokeJob(
  workflowRunId: number,
  job: string,
  deps: RevokeJobDeps,
): Promise<number> {
  const phase = (['agent', 'report'] as const).find((one) => jobName(one) === job);
  return phase ? deps.revokePhase(workflowRunId, phase) : 0;
}

/** An open grant with the jobs that hold a session on it. */
export interface LiveSessions {
  readonly grant: Grant;
  readonly jobs: readonly { readonly phase: Phase; readonly checkRunId: number }[];
}

export interface RevokeDeadDeps extends RevokeJobDeps {
  readonly listLiveSessions: () => Promise<readonly LiveSessions[]>;
  readonly readLive: (grant: Grant) => Promise<LiveRun | null>;
  readonly revokeRun: (runId: string, because: string) => Promise<number>;
}

/** How a round went: sessions that ended, and grants that GitHub would not tell about. */
export interface RevokedDead {
  readonly revoked: number;
  readonly unread: readonly { readonly runId: string; readonly because: string }[];
}

/** Grants that are asked about at once: one that answers late holds up few. */
const asksAtOnce = 8;

/**
 * `run:identity` without webhooks: ask GitHub about every job that holds a session, and end what is
 * over. To be called every minute or less. One that cannot be read is not over, or an outage of
 * GitHub's would end everything; it is named, the others go on, and its sessions still expire.
 */
export async function revokeDead(deps: RevokeDeadDeps): Promise<RevokedDead> {
  const held = await deps.listLiveSessions();
  const unread: { runId: string; because: string }[] = [];
  let revoked = 0;
  for (let from = 0; from < held.length; from += asksAtOnce) {
    const asked = held.slice(from, from + asksAtOnce);
    const ends = await Promise.allSettled(asked.map((one) => revokeOver(one, deps)));
    for (const [index, end] of ends.entries()) {
      if (end.status === 'fulfilled') revoked += end.value;
      else unread.push({ runId: asked[index]?.grant.runId ?? '', because: String(end.reason) });
    }
  }
  return { revoked, unread };
}

async function revokeOver({ grant, jobs }: LiveSessions, deps: RevokeDeadDeps): Promise<number> {
  const live = await deps.readLive(grant);
  if (!live || live.status === 'completed' || live.attempt !== grant.attempt) {
    return deps.revokeRun(grant.runId, 'the workflow run is over');
  }
  const over = jobs.filter(
    ({ checkRunId }) =>
      live.jobs.find((job) => job.checkRunId === checkRunId)?.status !== 'in_progress',
  );
  let revoked = 0;
  for (const { phase } of over) revoked += await deps.revokePhase(live.id, phase);
  return revoked;
}
