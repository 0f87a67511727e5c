import { z } from 'zod';
import type { Decision, Reason } from '#model/decision.ts';
import { decide, reasonSchema } from '#model/decision.ts';
import type { Entry } from '#model/entry.ts';
import type { Policy } from '#model/policy.ts';
import { roles } from '#model/policy.ts';
import { ok } from '#model/result.ts';
import { describeCause, findTrigger } from '#model/trigger.ts';
import type { AttemptFacts, Facts } from './facts.ts';
import { rules } from './judge-facts.ts';

const count = z.number().int();
const load = z.object({
  repository: z.object({ running: count, today: count, minutesToday: count }),
  requester: z.object({ running: count }),
  installation: z.object({ running: count, today: count }),
});

const firstCauses = [
  z.object({ kind: z.literal('label'), label: z.string() }),
  z.object({ kind: z.literal('comment'), nodeId: z.string() }),
  z.object({ kind: z.literal('assigned') }),
  z.object({
    kind: z.literal('project_status'),
    project: count,
    field: z.string(),
    status: z.string(),
    itemNodeId: z.string(),
  }),
] as const;
const again = {
  pull: count,
  headSha: z.string(),
  baseSha: z.string(),
  replaces: z.string(),
  first: z.discriminatedUnion('kind', firstCauses),
};
const review = z.object({
  kind: z.literal('review'),
  ...again,
  reviewId: count,
  bodySha256: z.string(),
  reviewer: z.object({ id: count, login: z.string() }),
});
const check = z.object({
  kind: z.literal('check'),
  ...again,
  checkRunId: count,
  check: z.string(),
  app: count,
});

/** Records of a first attempt, and those from before there were others, have none. */
const attempt = z.object({
  pull: count,
  runs: count,
  replaced: z.string(),
  isReplaceable: z.boolean(),
  author: z.object({ id: count, login: z.string(), isPerson: z.boolean() }).nullable(),
  reviewerRole: z.enum([...roles, 'none']).nullable(),
});

/** The part of a recorded decision that a replay needs; older records have less. */
const recordSchema = z.object({
  eventId: z.string(),
  verdict: z.enum(['allow', 'deny', 'hold']),
  issue: count,
  cause: z.discriminatedUnion('kind', [...firstCauses, review, check]),
  role: z.enum([...roles, 'none']),
  requesterId: count,
  baseSha: z.string().nullable(),
  chain: z
    .object({ chainId: z.string(), depth: count, nodes: count, running: z.array(count) })
    .nullable()
    .optional(),
  isRelease: z.boolean().default(false),
  attempt: attempt.nullable().default(null),
  load: load.optional(),
  installationLimits: z.object({ parallel: count, runsPerDay: count }).optional(),
  reasons: z.array(reasonSchema),
});
type Recorded = z.infer<typeof recordSchema>;

/** One past decision, and what it would have been. */
export interface Replayed {
  readonly seq: number;
  readonly at: string;
  readonly repositoryId: number | null;
  readonly issue: number;
  readonly eventId: string;
  readonly was: Decision['verdict'];
  /** `ignored`: the changed policy does not start on it at all. */
  readonly would: Decision['verdict'] | 'ignored';
  /** What would be open: why it would not start, or not yet. */
  readonly because: readonly string[];
}

/**
 * A past decision under another policy: what depends on the policy is asked again of what was
 * recorded, everything else stands as it was. Null for a record that cannot be read.
 */
export function replayDecision(entry: Entry, policy: Policy): Replayed | null {
  const parsed = recordSchema.safeParse(entry.facts);
  if (!parsed.success) return null;
  const { eventId, issue, verdict, cause } = parsed.data;
  const { seq, at, repositoryId } = entry;
  const about = { seq, at, repositoryId, issue, eventId, was: verdict };
  if (cause.kind !== 'comment' && !findTrigger(policy.triggers, cause)) {
    return { ...about, would: 'ignored', because: [`${describeCause(cause)} starts nothing`] };
  }
  const facts = factsOf(parsed.data, entry, policy);
  const again = decide(parsed.data.reasons.map((reason) => askAgain(reason, facts)));
  const open = again.reasons.filter(({ outcome }) => outcome !== 'pass');
  return { ...about, would: again.verdict, because: open.map(({ sentence }) => sentence) };
}

type KnownFacts = Partial<Facts>;

function askAgain(recorded: Reason, facts: KnownFacts): Reason {
  const rule = rules.find(({ name }) => name === recorded.rule);
  const isKnown = rule?.readsPolicy?.every((fact) => facts[fact] !== undefined);
  // Safe: a rule looks at the policy and at what it says it reads, and all of that is there.
  return rule && isKnown ? rule.ask(facts as Facts) : recorded;
}

function factsOf(recorded: Recorded, { actor }: Entry, policy: Policy): KnownFacts {
  const { cause, role, chain, isRelease, baseSha, requesterId } = recorded;
  const login = /^user:(.*)#\d+$/.exec(actor)?.[1] ?? actor;
  return {
    policy: ok(policy),
    cause,
    role,
    isRelease,
    attempt: recorded.attempt && toAttempt(recorded.attempt),
    requester: { id: requesterId, login, type: 'User' },
    ...(baseSha === null ? {} : { view: viewAt(baseSha) }),
    ...(chain === undefined ? {} : { chain }),
    ...(recorded.load && recorded.installationLimits
      ? { load: recorded.load, installationLimits: recorded.installationLimits }
      : {}),
  };
}

/** What was said is not asked about again, only by whom. */
function toAttempt({ author, ...kept }: z.infer<typeof attempt>): AttemptFacts {
  return { ...kept, feedback: author && { author, source: '', notes: [] } };
}

/** A view of nothing but a commit: what a policy says is valid at. */
function viewAt(baseSha: string): NonNullable<Facts['view']> {
  return {
    repository: { id: 0, ownerId: 0, owner: '', name: '' },
    baseRef: '',
    baseSha,
    policyText: null,
    issue: null,
    organization: { kind: 'absent' },
  };
}
