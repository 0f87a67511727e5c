import type { Answer } from '#command/answer.ts';
import { obey } from '#command/command.ts';
import type { CommandDeps, Order, Plan } from '#command/deps.ts';
import { actorOf } from '#command/deps.ts';
import { putComment } from '#github/comment.ts';
import { readCause } from '#github/read-cause.ts';
import { readRole } from '#github/read-permission.ts';
import type { Decision } from '#model/decision.ts';
import { reasonSchema } from '#model/decision.ts';
import type { JsonObject } from '#model/json.ts';
import type { Run } from '#model/run.ts';
import type { Wish } from '#policy/ask.ts';
import { judge } from '#policy/policy.ts';
import { findRunOfIssue, findRunOfPull } from '#postgres/run-store.ts';
import { evidenceDeps } from './command-evidence.ts';
import type { Edges } from './edges.ts';
import type { Finisher } from './finish.ts';
import { laterDeps } from './later.ts';
import type { Starter } from './start.ts';
import { policyDeps } from './start.ts';
import type { Stopper } from './stop.ts';

/** What obeys the commands in comments. */
export interface Commander {
  obey(order: Order): Promise<string>;
}

export interface Services {
  readonly starter: Starter;
  readonly stopper: Stopper;
  readonly finisher: Finisher;
}

export function composeCommander(edges: Edges, services: Services): Commander {
  const deps: CommandDeps = {
    ...laterDeps(edges, services.stopper),
    ...recordDeps(edges),
    ...readDeps(edges, services.finisher),
    ...causeDeps(edges, services),
    ...evidenceDeps(edges, services),
  };
  return {
    obey: (order) => obey(order, deps),
  };
}

function recordDeps(
  edges: Edges,
): Pick<CommandDeps, 'receive' | 'allow' | 'findDecided' | 'answer'> {
  const { commands } = edges;
  return {
    receive: (order) => commands.receive(rowOf(order), entryOf(order)),
    allow: (order, role) => commands.allow(rowOf(order), role),
    findDecided: async ({ repositoryId, issue }) => {
      const found = await commands.findDecided(repositoryId, issue);
      return found ? { at: found.at, decision: toDecision(found.facts) } : null;
    },
    answer: (order, answer, body) => say(edges, order, answer, body),
  };
}

function readDeps(edges: Edges, finisher: Finisher) {
  const { database, github } = edges;
  return {
    readRole: ({ given }) => readRole(github, given, given.sender),
    findRun: ({ given: { repository, issue, isPull } }) =>
      isPull
        ? findRunOfPull(database, repository.id, issue)
        : findRunOfIssue(database, repository.id, issue),
    stands: ({ given }) =>
      readCause(github, given, { kind: 'comment', nodeId: given.comment.nodeId }),
    findPause: async (run) =>
      (await edges.pauses.findOver(pausePlace(run))).find(({ scope }) => scope.kind === 'run'),
    readGate: async (run) => (await finisher.inspectGate(run))?.reasons ?? null,
    runUrl: (id) => `${edges.settings.publicUrl}/runs/${id}`,
  } satisfies Partial<CommandDeps>;
}

function causeDeps(edges: Edges, { starter, stopper, finisher }: Services) {
  const policy = policyDeps(edges);
  return {
    wish: (order) => starter.onWish(order.eventId, toWish(order)),
    plan: async (order): Promise<Plan | { because: string }> => {
      const request = { kind: 'wish', eventId: order.eventId, wish: toWish(order) } as const;
      const judged = await judge(request, policy);
      if ('kind' in judged) return judged;
      const { ruling, facts } = judged;
      return { decision: ruling.decision, policy: facts.policy?.ok ? facts.policy.value : null };
    },
    lift: async (run, by) => {
      await stopper.resume({ kind: 'run', id: run.id }, by);
    },
    release: (run) => finisher.reconsiderRun(run.id),
    approve: (run, seen, by) => finisher.approve({ runId: run.id, seen, by }),
  } satisfies Partial<CommandDeps>;
}

function toWish({ given }: Order): Wish {
  const { installationId, repository, issue, sender, at, textSha256 } = given;
  const cause = { kind: 'comment', nodeId: given.comment.nodeId } as const;
  return { installationId, repository, issue, sender, cause, at, textSha256 };
}

function pausePlace({ installationId, repository, id }: Run) {
  return { installationId, repositoryId: repository.id, runId: id };
}

function rowOf({ given }: Order) {
  const { repository, comment, issue, parsed, sender, at } = given;
  const name = parsed.kind === 'command' ? parsed.command.name : null;
  return {
    repositoryId: repository.id,
    commentId: comment.id,
    nodeId: comment.nodeId,
    issue,
    name,
    sender,
    at,
  };
}

function entryOf(order: Order) {
  const { eventId, given } = order;
  const { repository, comment, issue, parsed } = given;
  return {
    kind: 'command.received',
    runId: null,
    repositoryId: repository.id,
    actor: actorOf(order),
    facts: {
      eventId,
      commentId: comment.id,
      issue,
      command: parsed.kind === 'command' ? { ...parsed.command } : null,
    },
  } as const;
}

/** Recorded first (`ledger:first`), then said, unless what was done has said it already. */
async function say(edges: Edges, order: Order, answer: Answer, body: string): Promise<void> {
  const { installationId, repository, issue, comment } = order.given;
  const { outcome, rule, sentence } = answer;
  await edges.commands.append({
    kind: 'command.answered',
    runId: null,
    repositoryId: repository.id,
    actor: 'app',
    facts: { commentId: comment.id, issue, outcome, rule, sentence: sentence.slice(0, 500) },
  });
  if (!answer.isSaid) {
    await putComment(edges.github, edges.identity.botId, {
      stage: 'policy',
      installationId,
      repository,
      issue,
      marker: 'receipt',
      body,
    });
  }
  await edges.commands.answered({ repositoryId: repository.id, commentId: comment.id });
}

/** Our own record, read again: what it does not hold is not shown. */
function toDecision({ verdict, reasons }: JsonObject): Decision {
  const parsed = reasonSchema.array().safeParse(reasons);
  return {
    verdict: verdict === 'allow' || verdict === 'hold' ? verdict : 'deny',
    reasons: parsed.success ? parsed.data : [],
  };
}
