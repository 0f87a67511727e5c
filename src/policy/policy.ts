import type { EntryDraft } from '#model/entry.ts';
import { label as defaultLabel } from '#model/names.ts';
import type { Policy } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import type { Ruling } from '#model/ruling.ts';
import type { RunId } from '#model/run.ts';
import type { Snapshot } from '#model/snapshot.ts';
import { snapshotSha256 } from '#model/snapshot.ts';
import type { Cause, Trigger } from '#model/trigger.ts';
import { describeCause, findTrigger } from '#model/trigger.ts';
import type { AuthorizeRequest, Question, Wish } from './ask.ts';
import { askAttempt, askRelease, askWish } from './ask.ts';
import { buildRuling } from './build-ruling.ts';
import { addFeedback, buildSnapshot, disown } from './build-snapshot.ts';
import { describeRuling } from './describe-ruling.ts';
import type { Facts } from './facts.ts';
import { judgeFacts } from './judge-facts.ts';
import type { JudgeDeps } from './read-facts.ts';
import { readFacts, readPolicies } from './read-facts.ts';
import type { PolicyRefusal } from './read-policy-file.ts';

/** Nothing to decide, with the reason for the record. */
export interface Ignored {
  readonly kind: 'ignored';
  readonly because: string;
}

/** Triggers with the generation of what they were read in; null when they are not known. */
export interface SeenTriggers {
  readonly triggers: readonly Trigger[] | null;
  readonly generation: number;
}

/** What authorizing needs: reading, and three places to write. */
export interface PolicyDeps extends JudgeDeps {
  /** Remember that an owner has a policy, or was seen without one. */
  readonly keepOrganization: (ownerId: number, sha256: string | null) => Promise<void>;
  /** What the repository was last seen to start on, so that another label costs no request. */
  readonly findTriggers: (repositoryId: number) => Promise<SeenTriggers>;
  readonly keepTriggers: (repositoryId: number, seen: SeenTriggers) => Promise<void>;
  /** The run that was opened for this wish, or for what was asked after it; open or over. */
  readonly findAnswer: (wish: Wish) => Promise<RunId | undefined>;
  /** The receipt goes into the ledger before anything is done about it. */
  readonly append: (entry: EntryDraft) => Promise<void>;
}

/** A ruling with what it was ruled from. */
export interface Judged {
  readonly ruling: Ruling;
  readonly facts: Facts;
}

/** Read everything live, ask the rules, record the receipt, and say what they decided. */
export async function authorize(
  request: AuthorizeRequest,
  deps: PolicyDeps,
): Promise<Ruling | Ignored> {
  const repositoryId =
    request.kind === 'wish' ? request.wish.repository.id : request.run.repository.id;
  const known = await deps.findTriggers(repositoryId);
  const wished = wishedBy(request);
  // Only what starts nothing is known from before; what is decided is always read live.
  if (wished && known.triggers && !startsOn(known.triggers, wished)) return startsNothing(wished);
  const run = request.kind === 'wish' ? await deps.findAnswer(request.wish) : undefined;
  // Also when that run is over: a delivery that comes late or again asks for nothing new.
  if (run) return ignored(`run ${run} was opened for it, or for what was asked after it`);
  const { answer, seen } = await look(request, deps);
  if (seen?.view) {
    const { generation } = known;
    await deps.keepTriggers(repositoryId, { triggers: triggersOf(seen.policy), generation });
  }
  if ('kind' in answer) return answer;
  await keepKnown(answer.facts, deps);
  await deps.append(describeRuling(answer.ruling, answer.facts));
  return answer.ruling;
}

/** What `authorize` would decide now; nothing is recorded, nothing follows from it. */
export async function judge(request: AuthorizeRequest, deps: JudgeDeps): Promise<Judged | Ignored> {
  return (await look(request, deps)).answer;
}

/** What a person or a check did just now; null for a release, which nobody did. */
function wishedBy(request: AuthorizeRequest): Cause | null {
  if (request.kind === 'release') return null;
  return request.kind === 'wish' ? request.wish.cause : request.cause;
}

function ask(request: AuthorizeRequest, deps: JudgeDeps): Promise<Question | undefined> | Question {
  switch (request.kind) {
    case 'wish':
      return askWish(request);
    case 'release':
      return askRelease(request, deps);
    case 'attempt':
      return askAttempt(request, deps);
  }
}

interface Looked {
  readonly answer: Judged | Ignored;
  /** What was read of the policies; null when nothing was. */
  readonly seen: Pick<Facts, 'view' | 'policy' | 'organization'> | null;
}

async function look(request: AuthorizeRequest, deps: JudgeDeps): Promise<Looked> {
  const question = await ask(request, deps);
  if (!question) return { answer: ignored('the run has no snapshot any more'), seen: null };
  const view = await deps.readView(question.address);
  const seen = { view, ...(await readPolicies(question.address, view, deps)) };
  if (wishedBy(request) && !startsOn(triggersOf(seen.policy), question.cause)) {
    return { answer: startsNothing(question.cause), seen };
  }
  const facts = await readFacts(question, seen, deps);
  const frozen = question.snapshot ?? freeze(facts);
  const snapshot = frozen && request.kind === 'attempt' ? addFeedback(frozen, facts) : frozen;
  if (facts.openRun && snapshot && snapshotSha256(snapshot) === facts.openRun.snapshotSha256) {
    return { answer: ignored(`run ${facts.openRun.id} was started by this very event`), seen };
  }
  const ruling = buildRuling({ ...question, facts, snapshot, decision: judgeFacts(facts) });
  return { answer: { ruling, facts }, seen };
}

/** A file that was seen must be seen from now on; one that was seen to be gone need not. */
async function keepKnown(
  { view, repository }: Facts,
  deps: Pick<PolicyDeps, 'keepOrganization'>,
): Promise<void> {
  const file = view?.organization;
  if (file?.kind === 'found') await deps.keepOrganization(repository.ownerId, file.sha256);
  if (file?.kind === 'absent') await deps.keepOrganization(repository.ownerId, null);
}

function ignored(because: string): Ignored {
  return { kind: 'ignored', because };
}

/** Labels, assignments and columns serve many ends: one that no policy lists is no wish. A command always is. */
function startsOn(triggers: readonly Trigger[], cause: Cause): boolean {
  return cause.kind === 'comment' || findTrigger(triggers, cause) !== undefined;
}

function startsNothing(cause: Cause): Ignored {
  return ignored(`${describeCause(cause)} starts nothing`);
}

/** What the file itself starts on, whatever its organization says of it. */
function triggersOf(policy: Result<Policy, PolicyRefusal> | null): readonly Trigger[] {
  if (policy?.ok) return policy.value.triggers;
  return policy?.refusal.reason === 'policy_loosening'
    ? policy.refusal.own.triggers
    : defaultTriggers;
}

/** What a repository without a valid policy is answered on. */
const defaultTriggers = [{ label: defaultLabel, role: 'write' }] as const;

function freeze(facts: Facts): Snapshot | null {
  const { view, role, requester, repository, authorizedAt, botUserId } = facts;
  if (!view?.issue || role === 'none') return null;
  const issue = disown(view.issue, botUserId);
  return buildSnapshot(repository, issue, authorizedAt, { ...requester, role }).snapshot;
}
