import type { EntryDraft } from '#model/entry.ts';
import type { InstallationLimits, Load } from '#model/load.ts';
import { label as defaultLabel } from '#model/names.ts';
import { organizationRepository } from '#model/organization-file.ts';
import type { Pause, PausePlace } from '#model/pause.ts';
import type { Policy, Role } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import type { Ruling } from '#model/ruling.ts';
import type { Run, RunId } from '#model/run.ts';
import { issueTextSha256 } from '#model/signal.ts';
import type { Account, RepositoryRef, Snapshot } from '#model/snapshot.ts';
import { snapshotSha256 } from '#model/snapshot.ts';
import type { Cause, Trigger } from '#model/trigger.ts';
import { describeCause, findTrigger } from '#model/trigger.ts';
import { buildRuling } from './build-ruling.ts';
import { buildSnapshot, disown } from './build-snapshot.ts';
import { describeRuling } from './describe-ruling.ts';
import type { Blocker, ChainView, Facts, LiveView } from './facts.ts';
import { judgeFacts } from './judge-facts.ts';
import { parseOrganization } from './parse-organization.ts';
import { parsePolicy } from './parse-policy.ts';
import type { PolicyRefusal } from './read-policy-file.ts';

/** A person's wish to start work on an issue, as a delivery tells of it. */
export interface Wish {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
  readonly sender: Facts['requester'];
  readonly cause: Cause;
  /** When it was done, RFC 3339, by GitHub's clock. */
  readonly at: string;
  /** Of the title and body the sender saw; null when the delivery had none. */
  readonly textSha256: string | null;
}

/** A run that waits, with what was done to ask for it. */
export type HeldRun = Run & { readonly cause: Cause };

/** Something a person did, or a held run whose blockers may be gone. */
export type AuthorizeRequest =
  | {
      readonly kind: 'wish';
      /** The delivery's body digest: the same for every retry. */
      readonly eventId: string;
      readonly wish: Wish;
    }
  | { readonly kind: 'release'; readonly run: HeldRun };

/** Nothing to decide, with the reason for the record. */
export interface Ignored {
  readonly kind: 'ignored';
  readonly because: string;
}

export interface IssueAddress {
  readonly installationId: number;
  readonly repository: RepositoryRef;
  readonly issue: number;
}

/** A cause that the view of the issue does not show. */
export type UnseenCause = Exclude<Cause, { readonly kind: 'label' }>;

/** Triggers with the generation of what they were read in; null when they are not known. */
export interface SeenTriggers {
  readonly triggers: readonly Trigger[] | null;
  readonly generation: number;
}

export interface PolicyDeps {
  readonly botUserId: number;
  /** One query; null when the App cannot reach the repository. */
  readonly readView: (address: IssueAddress) => Promise<LiveView | null>;
  /** The role now, of exactly this account id; `none` when the login is another's by now. */
  readonly readRole: (address: IssueAddress, account: Account) => Promise<Role | 'none'>;
  /** Whether what was done is still so; for a label the view says it. */
  readonly readCause: (address: IssueAddress, cause: UnseenCause) => Promise<boolean>;
  readonly listBlockers: (address: IssueAddress) => Promise<readonly Blocker[]>;
  /** `required`: without an owner's policy nothing starts (settings). */
  readonly organizationPolicy: 'required' | 'optional';
  /** When an owner's policy was last read; null when none is known. */
  readonly findOrganization: (ownerId: number) => Promise<string | null>;
  /** Remember that an owner has a policy, or was seen without one. */
  readonly keepOrganization: (ownerId: number, sha256: string | null) => Promise<void>;
  /** What the repository was last seen to start on, so that another label costs no request. */
  readonly findTriggers: (repositoryId: number) => Promise<SeenTriggers>;
  readonly keepTriggers: (repositoryId: number, seen: SeenTriggers) => Promise<void>;
  /** Widest first. A store that does not answer is a fault, and nothing starts. */
  readonly findPauses: (place: PausePlace) => Promise<readonly Pause[]>;
  readonly installationLimits: InstallationLimits;
  /** What is at work around this one. */
  readonly readLoad: (question: {
    readonly installationId: number;
    readonly repositoryId: number;
    readonly requesterId: number;
    readonly notRun: RunId | null;
  }) => Promise<Load>;
  readonly findOpenRun: (repositoryId: number, issue: number) => Promise<Run | undefined>;
  /** The chain of the runs of these issues; for a release, the run's own. */
  readonly findChain: (question: {
    readonly repositoryId: number;
    readonly issues: readonly number[];
    readonly ownRun: RunId | null;
  }) => Promise<ChainView | null>;
  readonly findSnapshot: (digest: string) => Promise<Snapshot | undefined>;
  /** The receipt goes into the ledger before anything is done about it. */
  readonly append: (entry: EntryDraft) => Promise<void>;
}

/** What is asked, whoever asks: a person or a release. */
interface Question {
  readonly address: IssueAddress;
  readonly eventId: string;
  readonly cause: Cause;
  readonly requester: Facts['requester'];
  readonly authorizedAt: string;
  readonly textSha256: string | null;
  /** The text that was authorized, when that was before; null to freeze it now. */
  readonly snapshot: Snapshot | null;
  readonly releases: RunId | null;
}

/** What deciding reads; nothing here changes anything. */
export type JudgeDeps = Omit<
  PolicyDeps,
  'append' | 'keepOrganization' | 'findTriggers' | 'keepTriggers'
>;

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
  // Only what starts nothing is known from before; what is decided is always read live.
  if (request.kind === 'wish' && known.triggers && !startsOn(known.triggers, request.wish.cause)) {
    return startsNothing(request.wish.cause);
  }
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

interface Looked {
  readonly answer: Judged | Ignored;
  /** What was read of the policies; null when nothing was. */
  readonly seen: Pick<Facts, 'view' | 'policy' | 'organization'> | null;
}

async function look(request: AuthorizeRequest, deps: JudgeDeps): Promise<Looked> {
  const question = request.kind === 'wish' ? askWish(request) : await askRelease(request, deps);
  if (!question) return { answer: ignored('the held run has no snapshot any more'), seen: null };
  const view = await deps.readView(question.address);
  const seen = { view, ...(await readPolicies(question.address, view, deps)) };
  if (request.kind === 'wish' && !startsOn(triggersOf(seen.policy), question.cause)) {
    return { answer: startsNothing(question.cause), seen };
  }
  const facts = await readFacts(question, seen, deps);
  const snapshot = question.snapshot ?? freeze(facts);
  if (facts.openRun && snapshot && snapshotSha256(snapshot) === facts.openRun.snapshotSha256) {
    return { answer: ignored(`run ${facts.openRun.id} was started by this very event`), seen };
  }
  const ruling = buildRuling({ ...question, facts, snapshot, decision: judgeFacts(facts) });
  return { answer: { ruling, facts }, seen };
}

/** The repository's policy under its organization's, from one look at both. */
async function readPolicies(
  { repository }: IssueAddress,
  view: LiveView | null,
  deps: Pick<PolicyDeps, 'organizationPolicy' | 'findOrganization'>,
): Promise<Pick<Facts, 'policy' | 'organization'>> {
  const file = view?.organization;
  const owner = file?.kind === 'found' ? parseOrganization(file.text) : null;
  const from = `${repository.owner}/${organizationRepository}`;
  const bound = owner?.ok ? { from, policy: owner.value } : undefined;
  return {
    policy: view?.policyText == null ? null : parsePolicy(view.policyText, bound),
    organization: {
      isRequired: deps.organizationPolicy === 'required',
      knownAt: file?.kind === 'hidden' ? await deps.findOrganization(repository.ownerId) : null,
      policy: owner,
    },
  };
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

/** Labels and states serve many ends: one that no policy lists is no wish. A command always is. */
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

function askWish({ wish, eventId }: Extract<AuthorizeRequest, { kind: 'wish' }>): Question {
  const { installationId, repository, issue, sender, cause, at, textSha256 } = wish;
  return {
    address: { installationId, repository, issue },
    eventId,
    cause,
    requester: sender,
    authorizedAt: at,
    textSha256,
    snapshot: null,
    releases: null,
  };
}

/** A release repeats the question: the same person, the same text, asked again now. */
async function askRelease(
  { run }: Extract<AuthorizeRequest, { kind: 'release' }>,
  deps: Pick<PolicyDeps, 'findSnapshot'>,
): Promise<Question | undefined> {
  const snapshot = await deps.findSnapshot(run.snapshotSha256);
  if (!snapshot) return undefined;
  const { installationId, repository, issue, requester } = run;
  return {
    address: { installationId, repository, issue: issue.number },
    eventId: `release:${run.id}`,
    cause: run.cause,
    requester: { ...requester, type: 'User' },
    authorizedAt: snapshot.authorizedAt,
    textSha256: issueTextSha256(snapshot.issue.title, snapshot.issue.body),
    snapshot,
    releases: run.id,
  };
}

async function readFacts(
  question: Question,
  seen: Pick<Facts, 'view' | 'policy' | 'organization'>,
  deps: JudgeDeps,
): Promise<Facts> {
  const { address, requester, releases } = question;
  const reached = seen.view !== null;
  const [role, stands, blockers, open, pauses, load] = await Promise.all([
    reached ? deps.readRole(address, requester) : ('none' as const),
    reached && readStanding(question, seen, deps),
    reached && seen.view?.issue ? deps.listBlockers(address) : [],
    deps.findOpenRun(address.repository.id, address.issue),
    deps.findPauses({ ...placeOf(address), runId: releases }),
    deps.readLoad({ ...placeOf(address), requesterId: requester.id, notRun: releases }),
  ]);
  const here = `${address.repository.owner}/${address.repository.name}`;
  const chain = await deps.findChain({
    repositoryId: address.repository.id,
    issues: blockers.filter((one) => one.repository === here).map((one) => one.number),
    ownRun: releases,
  });
  return {
    repository: address.repository,
    view: seen.view,
    policy: seen.policy,
    organization: seen.organization,
    cause: question.cause,
    causeStands: stands,
    requester,
    botUserId: deps.botUserId,
    role,
    authorizedAt: question.authorizedAt,
    textSha256: question.textSha256,
    pauses,
    load,
    installationLimits: deps.installationLimits,
    openRun: open && open.id !== releases ? open : null,
    blockers,
    chain,
    isRelease: releases !== null,
  };
}

function placeOf({ installationId, repository }: IssueAddress) {
  return { installationId, repositoryId: repository.id };
}

async function readStanding(
  { address, cause }: Question,
  { view }: Pick<Facts, 'view'>,
  deps: Pick<PolicyDeps, 'readCause'>,
): Promise<boolean> {
  if (cause.kind === 'label') return view?.issue?.labels.includes(cause.label) ?? false;
  return deps.readCause(address, cause);
}

function freeze(facts: Facts): Snapshot | null {
  const { view, role, requester, repository, authorizedAt, botUserId } = facts;
  if (!view?.issue || role === 'none') return null;
  const issue = disown(view.issue, botUserId);
  return buildSnapshot(repository, issue, authorizedAt, { ...requester, role }).snapshot;
}
