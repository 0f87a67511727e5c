import { openRecord } from '#compose/judgement.ts';
import { readSignal } from '#ingress/ingress.ts';
import type { Policy } from '#model/policy.ts';
import { visibleText } from '#model/text.ts';
import { findTrigger } from '#model/trigger.ts';
import { wishOf } from '#policy/explain.ts';
import { parseOrganization } from '#policy/parse-organization.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { describeMistake } from '#policy/policy-mistake.ts';
import type { Replayed } from '#policy/replay.ts';
import { replayDecision } from '#policy/replay.ts';
import type { Database } from '#postgres/database.ts';
import { listDeliveries } from '#postgres/delivery-record.ts';
import { listEntriesOfKind } from '#postgres/ledger-store.ts';
import { readSettings } from '#settings.ts';
import { Exit } from '../exit-code.ts';
import { openOutput } from '../output.ts';
import { readText } from './read-text.ts';

export interface ReplayOptions {
  readonly policy: string;
  readonly organization?: string;
  readonly repository?: number;
  readonly json?: boolean;
}

/** A label that was set and ignored, and on which the changed policy would start. */
interface Unheard {
  readonly eventId: string;
  readonly repositoryId: number;
  readonly issue: number;
  readonly was: 'ignored';
  /** Who set it had a role that nobody recorded. */
  readonly would: 'decided';
  readonly because: readonly string[];
}

/** Decisions are read in pages of this size. */
const pageSize = 1_000;
/** Deliveries of labels that are looked back at. */
const deliveriesMax = 10_000;

/** `sallyport policy replay`: what a changed policy would have decided about what is recorded. */
export async function policyReplay(options: ReplayOptions): Promise<void> {
  const policy = await readPolicy(options);
  const settings = readSettings();
  if (!settings.ok) throw new Exit('usage', `settings: ${settings.refusal.join('; ')}`);
  const record = await openRecord(settings.value);
  try {
    const repositoryId = options.repository ?? null;
    const { replayed, unread } = await replayAll(record, repositoryId, policy);
    const decided = new Set(replayed.map(({ eventId }) => eventId));
    const unheard = await listUnheard(record, { repositoryId, policy, decided });
    const differ = [...replayed.filter(({ was, would }) => was !== would), ...unheard];
    openOutput(options.json ?? false).answer({ replayed: replayed.length, unread, differ }, [
      ...differ.map(sayDifference),
      `${replayed.length} decisions were replayed, ${differ.length} ${differ.length === 1 ? 'differs' : 'differ'}`,
      ...(unread > 0 ? [`${unread} older records tell too little, and were left out`] : []),
    ]);
  } finally {
    await record.close();
  }
}

async function readPolicy({ policy, organization }: ReplayOptions): Promise<Policy> {
  const owner =
    organization === undefined
      ? null
      : parseOrganization(await readText(organization, 'an organization policy in YAML'));
  if (owner && !owner.ok) throw mistakes(organization ?? '', owner.refusal.errors);
  const bound = owner ? { from: organization ?? '', policy: owner.value } : undefined;
  const parsed = parsePolicy(await readText(policy, 'a policy file in YAML'), bound);
  if (parsed.ok) return parsed.value;
  throw mistakes(policy, parsed.refusal.errors);
}

function mistakes(file: string, errors: readonly Parameters<typeof describeMistake>[0][]): Exit {
  return new Exit('mistakes', `${file}: ${errors.map(describeMistake).join('; ')}`);
}

async function replayAll(
  record: Database,
  repositoryId: number | null,
  policy: Policy,
): Promise<{ readonly replayed: readonly Replayed[]; readonly unread: number }> {
  const replayed: Replayed[] = [];
  let seen = 0;
  for (let after = 0; ; ) {
    const wanted = { kind: 'policy.decided', repositoryId } as const;
    const page = await listEntriesOfKind(record, wanted, after, pageSize);
    replayed.push(...page.flatMap((entry) => replayDecision(entry, policy) ?? []));
    seen += page.length;
    if (page.length < pageSize) return { replayed, unread: seen - replayed.length };
    after = page.at(-1)?.seq ?? after;
  }
}

async function listUnheard(
  record: Database,
  asked: {
    readonly repositoryId: number | null;
    readonly policy: Policy;
    readonly decided: ReadonlySet<string>;
  },
): Promise<readonly Unheard[]> {
  const rows = await listDeliveries(record, { event: 'issues', action: 'labeled' }, deliveriesMax);
  return rows.flatMap((row): readonly Unheard[] => {
    const wish = asked.decided.has(row.bodySha256)
      ? null
      : wishOf(readSignal(row, { botUserId: 0 }));
    const trigger = wish && findTrigger(asked.policy.triggers, wish.cause);
    if (!wish || !trigger || wish.cause.kind !== 'label') return [];
    if (asked.repositoryId !== null && wish.repository.id !== asked.repositoryId) return [];
    const { label } = wish.cause;
    return [
      {
        eventId: row.bodySha256,
        repositoryId: wish.repository.id,
        issue: wish.issue,
        was: 'ignored',
        would: 'decided',
        because: [`${wish.sender.login} set ${label}; the role ${trigger.role} would be needed`],
      },
    ];
  });
}

function sayDifference({ was, would, issue, repositoryId, because }: Replayed | Unheard): string {
  return visibleText(
    `repository ${repositoryId}, issue #${issue}: ${was} → ${would}${because.length > 0 ? `: ${because.join('; ')}` : ''}`,
  );
}
