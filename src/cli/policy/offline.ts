import { z } from 'zod';
import { gitBlobSha, sha256 } from '#model/digest.ts';
import type { JsonObject } from '#model/json.ts';
import { organizationPaths } from '#model/organization-file.ts';
import { roles } from '#model/policy.ts';
import type { IssueAddress } from '#policy/ask.ts';
import type { LiveView } from '#policy/facts.ts';
import type { JudgeDeps } from '#policy/read-facts.ts';
import { Exit } from '../exit-code.ts';

const account = z.object({ id: z.number().int(), login: z.string() });
const count = z.number().int().min(0).default(0);

/** What GitHub and the store would say, written down. Everything but the role has a plain default. */
const factsSchema = z.strictObject({
  /** Of whoever did it, now. */
  role: z.enum([...roles, 'none']),
  /** Text of the two policy files; `--policy` and `--organization` take its place. */
  policy: z.string().optional(),
  organization: z.string().nullable().default(null),
  organizationRequired: z.boolean().default(false),
  /** What was done still stands. For a label, its being on the issue says it. */
  causeStands: z.boolean().default(true),
  /** Members of the issue that differ from the event's. */
  issue: z
    .strictObject({
      title: z.string(),
      body: z.string(),
      state: z.enum(['OPEN', 'CLOSED']),
      lastEditedAt: z.string().nullable(),
      labels: z.array(z.string()),
    })
    .partial()
    .default({}),
  botUserId: z.number().int().default(0),
  blockers: z
    .array(z.strictObject({ repository: z.string(), number: z.number(), open: z.boolean() }))
    .default([]),
  chain: z
    .strictObject({
      chainId: z.string(),
      depth: count,
      nodes: count,
      running: z.array(z.number()),
    })
    .nullable()
    .default(null),
  load: z
    .strictObject({ running: count, today: count, minutesToday: count, ofRequester: count })
    .prefault({}),
});
export type OfflineFacts = z.infer<typeof factsSchema>;

/** Read a facts file. */
export function parseFacts(text: string): OfflineFacts {
  try {
    return factsSchema.parse(JSON.parse(text));
  } catch (cause) {
    const [issue] = cause instanceof z.ZodError ? cause.issues : [];
    const where = issue
      ? `${issue.path.join('.') || 'the file'}: ${issue.message}`
      : 'it is no JSON';
    throw new Exit('usage', `the facts cannot be used: ${where}`, { cause });
  }
}

const event = z.object({
  issue: z.object({
    id: z.number().int(),
    number: z.number().int(),
    title: z.string(),
    body: z.string().nullish(),
    state: z.string().default('open'),
    user: account.nullish(),
    author_association: z.string().default('NONE'),
    labels: z.array(z.object({ name: z.string() })).default([]),
    comments: count,
  }),
});

/** What deciding reads, from a facts file and the event itself: no network, no store. */
export function offlineDeps(facts: OfflineFacts, payload: JsonObject): JudgeDeps {
  const { load } = facts;
  return {
    botUserId: facts.botUserId,
    organizationPolicy: facts.organizationRequired ? 'required' : 'optional',
    readView: async (address) => viewOf(facts, payload, address),
    findOrganization: async () => null,
    readRole: async () => facts.role,
    readCause: async () => facts.causeStands,
    readSetter: async () => null,
    // A review and a check are about a pull request, which no hand-written event describes.
    readFeedback: async () => null,
    findAttempts: async () => ({ runs: 0, replaced: 'gone', isReplaceable: false }),
    listBlockers: async () => facts.blockers,
    findPauses: async () => [],
    installationLimits: { parallel: Number.MAX_SAFE_INTEGER, runsPerDay: Number.MAX_SAFE_INTEGER },
    readLoad: async () => ({
      repository: { running: load.running, today: load.today, minutesToday: load.minutesToday },
      requester: { running: load.ofRequester },
      installation: { running: load.running, today: load.today },
    }),
    findOpenRun: async () => undefined,
    findChain: async () => facts.chain,
    findSnapshot: async () => undefined,
  };
}

function viewOf(facts: OfflineFacts, payload: JsonObject, { repository }: IssueAddress): LiveView {
  const parsed = event.safeParse(payload);
  if (!parsed.success) {
    throw new Exit('usage', 'expected an event about an issue, to judge it without GitHub');
  }
  const { issue } = parsed.data;
  const { organization, policy, issue: now } = facts;
  return {
    repository,
    baseRef: 'refs/heads/main',
    // There is no commit: the file's own name in git stands for it.
    baseSha: gitBlobSha(Buffer.from(policy ?? '')),
    policyText: policy ?? null,
    organization:
      organization === null
        ? { kind: 'absent' }
        : {
            kind: 'found',
            path: organizationPaths[0],
            sha: gitBlobSha(Buffer.from(organization)),
            text: organization,
            sha256: sha256(organization),
          },
    issue: {
      id: issue.id,
      number: issue.number,
      title: now.title ?? issue.title,
      body: now.body ?? issue.body ?? '',
      state: now.state ?? (issue.state === 'closed' ? 'CLOSED' : 'OPEN'),
      lastEditedAt: now.lastEditedAt ?? null,
      // Nothing is known to have happened since the event.
      updatedAt: new Date(0).toISOString(),
      author: issue.user ?? null,
      association: issue.author_association,
      labels: now.labels ?? issue.labels.map((label) => label.name),
      comments: [],
      commentCount: issue.comments,
      // What it waits for is in the facts file, whichever kind it is.
      subIssueCount: 0,
    },
  };
}
