import type { EntryDraft } from '#model/entry.ts';
import { label as defaultLabel } from '#model/names.ts';
import type { Role } from '#model/policy.ts';
import type { Ruling } from '#model/ruling.ts';
import type { Run, RunId } from '#model/run.ts';
import type { Signal } from '#model/signal.ts';
import { issueTextSha256 } from '#model/signal.ts';
import type { Account, RepositoryRef, Snapshot } from '#model/snapshot.ts';
import { snapshotSha256 } from '#model/snapshot.ts';
import { buildRuling } from './build-ruling.ts';
import { buildSnapshot } from './build-snapshot.ts';
import { describeRuling } from './describe-ruling.ts';
import type { Blocker, ChainView, Facts, LiveView } from './facts.ts';
import { judgeFacts } from './judge-facts.ts';
import { parsePolicy } from './parse-policy.ts';

/** A label that a person set, or a held run whose blockers may be gone. */
export type AuthorizeRequest =
  | {
      readonly kind: 'label';
      /** The delivery's body digest: the same for every retry. */
      readonly eventId: string;
      readonly signal: Extract<Signal, { kind: 'label_set' }>;
    }
  | { readonly kind: 'release'; readonly run: Run };

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

export interface PolicyDeps {
  readonly botUserId: number;
  /** One query; null when the App cannot reach the repository. */
  readonly readView: (address: IssueAddress) => Promise<LiveView | null>;
  /** The role now, of exactly this account id; `none` when the login is another's by now. */
  readonly readRole: (address: IssueAddress, account: Account) => Promise<Role | 'none'>;
  readonly listBlockers: (address: IssueAddress) => Promise<readonly Blocker[]>;
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

/** What is asked, whoever asks: a label or a release. */
interface Question {
  readonly address: IssueAddress;
  readonly eventId: string;
  readonly label: string | null;
  readonly requester: Facts['requester'];
  readonly authorizedAt: string;
  readonly textSha256: string;
  /** The text that was authorized, when that was before; null to freeze it now. */
  readonly snapshot: Snapshot | null;
  readonly releases: RunId | null;
}

/** Read everything live, ask the rules, record the receipt, and say what they decided. */
export async function authorize(
  request: AuthorizeRequest,
  deps: PolicyDeps,
): Promise<Ruling | Ignored> {
  const question = request.kind === 'label' ? askLabel(request) : await askRelease(request, deps);
  if (!question) return { kind: 'ignored', because: 'the held run has no snapshot any more' };
  const view = await deps.readView(question.address);
  const policy = view?.policyText == null ? null : parsePolicy(view.policyText);
  const triggers = policy?.ok ? policy.value.triggers.map((one) => one.label) : [defaultLabel];
  if (question.label !== null && !triggers.includes(question.label)) {
    return { kind: 'ignored', because: `the label ${question.label} starts nothing` };
  }
  const facts = await readFacts(question, { view, policy, triggers }, deps);
  const snapshot = question.snapshot ?? freeze(facts);
  if (facts.openRun && snapshot && snapshotSha256(snapshot) === facts.openRun.snapshotSha256) {
    return { kind: 'ignored', because: `run ${facts.openRun.id} was started by this very event` };
  }
  const ruling = buildRuling({ ...question, facts, snapshot, decision: judgeFacts(facts) });
  await deps.append(describeRuling(ruling, facts));
  return ruling;
}

function askLabel({ signal, eventId }: Extract<AuthorizeRequest, { kind: 'label' }>): Question {
  const { installationId, repository, issue, sender, label, at, textSha256 } = signal;
  return {
    address: { installationId, repository, issue },
    eventId,
    label,
    requester: sender,
    authorizedAt: at,
    textSha256,
    snapshot: null,
    releases: null,
  };
}

/** A release repeats the question of the label: the same person, the same text, asked again now. */
async function askRelease(
  { run }: Extract<AuthorizeRequest, { kind: 'release' }>,
  deps: PolicyDeps,
): Promise<Question | undefined> {
  const snapshot = await deps.findSnapshot(run.snapshotSha256);
  if (!snapshot) return undefined;
  const { installationId, repository, issue, requester } = run;
  return {
    address: { installationId, repository, issue: issue.number },
    eventId: `release:${run.id}`,
    label: null,
    requester: { ...requester, type: 'User' },
    authorizedAt: snapshot.authorizedAt,
    textSha256: issueTextSha256(snapshot.issue.title, snapshot.issue.body),
    snapshot,
    releases: run.id,
  };
}

async function readFacts(
  question: Question,
  seen: Pick<Facts, 'view' | 'policy'> & { readonly triggers: readonly string[] },
  deps: PolicyDeps,
): Promise<Facts> {
  const { address, requester, releases } = question;
  const reached = seen.view !== null;
  const [role, blockers, open] = await Promise.all([
    reached ? deps.readRole(address, requester) : ('none' as const),
    reached && seen.view?.issue ? deps.listBlockers(address) : [],
    deps.findOpenRun(address.repository.id, address.issue),
  ]);
  const here = `${address.repository.owner}/${address.repository.name}`;
  const chain = await deps.findChain({
    repositoryId: address.repository.id,
    issues: blockers.filter((one) => one.repository === here).map((one) => one.number),
    ownRun: releases,
  });
  const carried = seen.view?.issue?.labels.find((name) => seen.triggers.includes(name));
  return {
    repository: address.repository,
    view: seen.view,
    policy: seen.policy,
    label: question.label ?? carried ?? seen.triggers[0] ?? defaultLabel,
    requester,
    botUserId: deps.botUserId,
    role,
    authorizedAt: question.authorizedAt,
    textSha256: question.textSha256,
    openRun: open && open.id !== releases ? open : null,
    blockers,
    chain,
    isRelease: releases !== null,
  };
}

function freeze({ view, role, requester, repository, authorizedAt }: Facts): Snapshot | null {
  if (!view?.issue || role === 'none') return null;
  return buildSnapshot(repository, view.issue, authorizedAt, { ...requester, role }).snapshot;
}
