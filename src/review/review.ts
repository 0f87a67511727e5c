import type { Role } from '#model/policy.ts';
import type { Run } from '#model/run.ts';
import type { Account } from '#model/snapshot.ts';
import type { Cause } from '#model/trigger.ts';
import { isAttempt } from '#model/trigger.ts';
import type { Opinion, Review } from './count-approvals.ts';
import { countApprovals } from './count-approvals.ts';
import type { AcceptedEvidence, Gate } from './gate.ts';
import { combineGates, decideGate } from './gate.ts';

/** A pull request, read cold from the API in one query. */
export interface PullView {
  readonly pull: number;
  readonly state: 'open' | 'closed';
  readonly headSha: string;
  readonly baseRef: string;
  readonly baseSha: string;
  /** Of the policy file on the base branch now; null without one, or under another organization's. */
  readonly policySha256: string | null;
  readonly reviews: readonly Review[];
  readonly pushers: readonly Account[];
  /** Other open pull requests with the same head. */
  readonly alsoHeadOf: readonly number[];
  /** False when there is more of anything than one query reads: the gate then fails. */
  readonly isWhole: boolean;
}

export interface ReviewDeps {
  readonly botUserId: number;
  readonly findRunOfPull: (repositoryId: number, pull: number) => Promise<ReviewedRun | undefined>;
  /** Runs whose pull requests are open. */
  readonly listInReview: (repositoryId: number) => Promise<readonly ReviewedRun[]>;
  readonly readPull: (run: Run, pull: number) => Promise<PullView>;
  /** The role now, of exactly this account id. */
  readonly readRole: (run: Run, account: Account) => Promise<Role | 'none'>;
  /** The newest accepted evidence for this head. */
  readonly findEvidence: (
    repositoryId: number,
    headSha: string,
  ) => Promise<AcceptedEvidence | null>;
  /** What the check said last for this head; null before the first time. */
  readonly findGate: (repositoryId: number, headSha: string) => Promise<string | null>;
  /** Ledger first, then the check run on GitHub, then what it says now is kept. */
  readonly writeGate: (run: Run, headSha: string, gate: Gate) => Promise<void>;
}

/** A run with what its policy asks of reviewers. */
export type ReviewedRun = Run & {
  readonly cause: Cause;
  readonly policy: {
    readonly review: { readonly profile: 'team' | 'solo'; readonly approvals: number };
  };
};

/**
 * Work out the gate of a pull request from a cold read, write it when it changed, and read once
 * more: what changed meanwhile turns it back, so that a late dismissal is not outrun for long.
 */
export async function evaluate(
  repositoryId: number,
  pull: number,
  deps: ReviewDeps,
): Promise<Gate | null> {
  const run = await findReviewed(repositoryId, pull, deps);
  if (!run) return null;
  const first = await readGate(run, pull, deps);
  if (!first) return null;
  const { headSha, gate } = first;
  if ((await deps.findGate(repositoryId, headSha)) === fingerprint(gate)) return gate;
  await deps.writeGate(run, headSha, gate);
  if (gate.conclusion !== 'success') return gate;
  const again = await readGate(run, pull, deps);
  // It was merged or closed at once: what it went through stands, and opening it again is heard.
  if (!again) return gate;
  if (
    again.headSha === headSha &&
    again.gate.key === gate.key &&
    again.gate.conclusion === 'success'
  )
    return gate;
  const withdrawn: Gate = {
    ...gate,
    conclusion: 'action_required',
    title: 'something changed while the gate was written',
  };
  await deps.writeGate(run, headSha, withdrawn);
  return withdrawn;
}

/** The gate of a run's pull request as it would be now; nothing is written. Null when it is closed. */
export async function inspect(run: ReviewedRun, deps: ReviewDeps): Promise<Gate | null> {
  if (run.pull === null) return null;
  return (await readGate(run, run.pull, deps))?.gate ?? null;
}

/** What is compared to know whether the check must be written again. */
export function fingerprint(gate: Gate): string {
  return `${gate.conclusion} ${gate.key} ${gate.title}`;
}

/**
 * The run whose commit a pull request shows: its own, or that of somebody else's with the same head.
 * The check on that commit speaks for both, so a stranger's pull request must turn it back.
 */
async function findReviewed(
  repositoryId: number,
  pull: number,
  deps: ReviewDeps,
): Promise<ReviewedRun | undefined> {
  const own = await deps.findRunOfPull(repositoryId, pull);
  if (own) return own;
  const inReview = await deps.listInReview(repositoryId);
  const [any] = inReview;
  if (!any) return undefined;
  const { headSha } = await deps.readPull(any, pull);
  return inReview.find((run) => run.headSha === headSha);
}

async function readGate(run: ReviewedRun, asked: number, deps: ReviewDeps) {
  const own = run.pull ?? asked;
  const view = await deps.readPull(run, own);
  if (view.state === 'closed') return null;
  const gates = [await decideOne(run, view, deps)];
  for (const other of new Set([...view.alsoHeadOf, asked])) {
    if (other === own) continue;
    const otherView = await deps.readPull(run, other);
    if (otherView.state === 'closed' || otherView.headSha !== view.headSha) continue;
    const otherRun = (await deps.findRunOfPull(run.repository.id, other)) ?? run;
    gates.push(await decideOne(otherRun, otherView, deps));
  }
  return { headSha: view.headSha, gate: combineGates(gates) };
}

async function decideOne(run: ReviewedRun, view: PullView, deps: ReviewDeps): Promise<Gate> {
  const { profile, approvals } = run.policy.review;
  return decideGate({
    pull: view.pull,
    headSha: view.headSha,
    baseSha: view.baseSha,
    baseRef: view.baseRef,
    runBaseRef: run.baseRef,
    isWhole: view.isWhole,
    replacedBy: isAttempt(run.cause) && run.headSha !== view.headSha ? run.id : null,
    policySha256: view.policySha256,
    approvalsNeeded: approvals,
    profile,
    evidence: await deps.findEvidence(run.repository.id, view.headSha),
    opinions: await readOpinions(run, view, deps),
  });
}

async function readOpinions(
  run: ReviewedRun,
  view: PullView,
  deps: ReviewDeps,
): Promise<readonly Opinion[]> {
  const roles = new Map<number, Role | 'none'>();
  for (const { author } of view.reviews) {
    if (author?.isPerson && !roles.has(author.id))
      roles.set(author.id, await deps.readRole(run, author));
  }
  return countApprovals(view.reviews, {
    headSha: view.headSha,
    requesterId: run.requester.id,
    pusherIds: view.pushers.map((account) => account.id),
    appBotId: deps.botUserId,
    roles,
    requesterCounts: run.policy.review.profile === 'solo',
  });
}
