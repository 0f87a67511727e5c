import type { InstallationLimits, Load } from '#model/load.ts';
import { organizationRepository } from '#model/organization-file.ts';
import type { Pause, PausePlace } from '#model/pause.ts';
import { concernsTools } from '#model/pause.ts';
import type { Role } from '#model/policy.ts';
import type { Run, RunId } from '#model/run.ts';
import type { Account, Snapshot } from '#model/snapshot.ts';
import type { AttemptCause, FirstCause } from '#model/trigger.ts';
import { firstCause, isAttempt } from '#model/trigger.ts';
import type { IssueAddress, Question } from './ask.ts';
import type { AttemptFacts, Blocker, ChainView, Facts, LiveFeedback, LiveView } from './facts.ts';
import { parseOrganization } from './parse-organization.ts';
import { parsePolicy } from './parse-policy.ts';

/** A cause that the view of the issue does not show. */
export type UnseenCause = Exclude<FirstCause, { readonly kind: 'label' }>;

/** What somebody else can do again after it was taken back. */
export type SettableCause = Extract<FirstCause, { readonly kind: 'label' | 'assigned' }>;

/** What deciding reads; nothing here changes anything. */
export interface JudgeDeps {
  readonly botUserId: number;
  /** One query; null when the App cannot reach the repository. */
  readonly readView: (address: IssueAddress) => Promise<LiveView | null>;
  /** The role now, of exactly this account id; `none` when the login is another's by now. */
  readonly readRole: (address: IssueAddress, account: Account) => Promise<Role | 'none'>;
  /** Whether what was done is still so; for a label the view says it, and who set it last. */
  readonly readCause: (address: IssueAddress, cause: UnseenCause) => Promise<boolean>;
  /** The id of who did it last, a label or an assignment; null when it is undone, or nobody can say. */
  readonly readSetter: (address: IssueAddress, cause: SettableCause) => Promise<number | null>;
  /** What a review or a check says now; null when it stands no more, or the head is another one. */
  readonly readFeedback: (
    address: IssueAddress,
    cause: AttemptCause,
  ) => Promise<LiveFeedback | null>;
  /** The runs that a pull request had, and what became of the one that would be replaced. */
  readonly findAttempts: (question: {
    readonly repositoryId: number;
    readonly cause: AttemptCause;
    readonly notRun: RunId | null;
  }) => Promise<Pick<AttemptFacts, 'runs' | 'replaced' | 'isReplaceable'>>;
  /** What blocks it, and what is below it when there are that many. */
  readonly listBlockers: (
    address: IssueAddress,
    subIssueCount: number,
  ) => Promise<readonly Blocker[]>;
  /** `required`: without an owner's policy nothing starts (settings). */
  readonly organizationPolicy: 'required' | 'optional';
  /** When an owner's policy was last read; null when none is known. */
  readonly findOrganization: (ownerId: number) => Promise<string | null>;
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
}

/** The repository's policy under its organization's, from one look at both. */
export async function readPolicies(
  { repository }: IssueAddress,
  view: LiveView | null,
  deps: Pick<JudgeDeps, 'organizationPolicy' | 'findOrganization'>,
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

/** Everything the rules look at, read live. */
export async function readFacts(
  question: Question,
  seen: Pick<Facts, 'view' | 'policy' | 'organization'>,
  deps: JudgeDeps,
): Promise<Facts> {
  const { address, requester, releases } = question;
  const reached = seen.view !== null;
  const replaces = isAttempt(question.cause) ? question.cause.replaces : null;
  const attempt = reached ? await readAttempt(question, deps) : null;
  const [role, firstStands, blockers, open, pauses, load] = await Promise.all([
    reached ? deps.readRole(address, requester) : ('none' as const),
    reached && readStanding(question, seen, deps),
    reached && seen.view?.issue ? deps.listBlockers(address, seen.view.issue.subIssueCount) : [],
    deps.findOpenRun(address.repository.id, address.issue),
    deps.findPauses({ ...placeOf(address), runId: releases }),
    deps.readLoad({ ...placeOf(address), requesterId: requester.id, notRun: releases }),
  ]);
  const here = `${address.repository.owner}/${address.repository.name}`;
  const chain = await deps.findChain({
    repositoryId: address.repository.id,
    issues: blockers.filter((one) => one.repository === here).map((one) => one.number),
    ownRun: releases ?? replaces,
  });
  // A policy that cannot be read is refused by a rule of its own.
  const tools = seen.policy?.ok ? Object.keys(seen.policy.value.context.tools) : [];
  return {
    repository: address.repository,
    view: seen.view,
    policy: seen.policy,
    organization: seen.organization,
    cause: question.cause,
    causeStands: firstStands && (replaces === null || attempt?.feedback != null),
    requester,
    botUserId: deps.botUserId,
    role,
    authorizedAt: question.authorizedAt,
    textSha256: question.textSha256,
    pauses: pauses.filter((one) => concernsTools(one, tools)),
    load,
    installationLimits: deps.installationLimits,
    openRun: open && open.id !== releases && open.id !== replaces ? open : null,
    attempt,
    blockers,
    chain,
    isRelease: releases !== null,
  };
}

function placeOf({ installationId, repository }: IssueAddress) {
  return { installationId, repositoryId: repository.id };
}

/**
 * A label or an assignment that is there may be another's by now: taken back and done again by
 * somebody who may not ask, it must not give a late delivery of the first its force back (T-G11).
 * Only an issue that changed since is worth a question.
 */
async function readStanding(
  { address, cause: asked, requester, authorizedAt }: Question,
  { view }: Pick<Facts, 'view'>,
  deps: Pick<JudgeDeps, 'readCause' | 'readSetter'>,
): Promise<boolean> {
  const cause = firstCause(asked);
  const issue = view?.issue;
  const stands =
    cause.kind === 'label'
      ? issue?.labels.includes(cause.label)
      : await deps.readCause(address, cause);
  if (!issue || !stands) return false;
  if (cause.kind !== 'label' && cause.kind !== 'assigned') return true;
  if (Date.parse(issue.updatedAt) <= Date.parse(authorizedAt)) return true;
  return (await deps.readSetter(address, cause)) === requester.id;
}

/** Null for a first attempt. */
async function readAttempt(
  { address, cause, releases }: Question,
  deps: Pick<JudgeDeps, 'readFeedback' | 'findAttempts' | 'readRole'>,
): Promise<AttemptFacts | null> {
  if (!isAttempt(cause)) return null;
  const repositoryId = address.repository.id;
  const found = await deps.findAttempts({ repositoryId, cause, notRun: releases });
  const feedback = await deps.readFeedback(address, cause);
  const author = feedback?.author ?? null;
  const reviewerRole = author?.isPerson ? await deps.readRole(address, author) : null;
  return { pull: cause.pull, ...found, feedback, reviewerRole };
}
