import type { Reason } from '#model/decision.ts';
import { sha256OfJson } from '#model/digest.ts';
import type { EntryDraft } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import type { Ruling } from '#model/ruling.ts';
import { snapshotSha256 } from '#model/snapshot.ts';
import { capText } from '#model/text.ts';
import type { AttemptFacts, Facts } from './facts.ts';

/** A reason in the record is a sentence, not a document. */
const sentenceMax = 500;

/** The whole receipt, as the ledger keeps it: who, with which role, on which text, by which rules. */
export function describeRuling(ruling: Ruling, facts: Facts): EntryDraft {
  const startable = ruling.kind === 'denied' ? null : ruling;
  return {
    kind: 'policy.decided',
    runId: startable?.releases ?? null,
    repositoryId: ruling.repository.id,
    actor: `user:${ruling.requester.login}#${ruling.requester.id}`,
    facts: {
      eventId: ruling.eventId,
      verdict: ruling.decision.verdict,
      issue: ruling.issue.number,
      cause: { ...facts.cause },
      causeStands: facts.causeStands,
      ...(facts.attempt ? { attempt: describeAttempt(facts.attempt, facts.botUserId) } : {}),
      requesterId: ruling.requester.id,
      role: facts.role,
      authorizedAt: facts.authorizedAt,
      textSha256: facts.textSha256,
      snapshotSha256: startable ? snapshotSha256(startable.snapshot) : null,
      leftOutCount: startable?.leftOutCount ?? null,
      policySha256: ruling.policySha256,
      organizationPolicySha256: ruling.organizationPolicySha256,
      baseSha: ruling.baseSha,
      // What a changed policy is replayed on.
      chain: facts.chain && { ...facts.chain, running: [...facts.chain.running] },
      isRelease: facts.isRelease,
      load: {
        repository: { ...facts.load.repository },
        requester: { ...facts.load.requester },
        installation: { ...facts.load.installation },
      },
      installationLimits: { ...facts.installationLimits },
      reasons: ruling.decision.reasons.map(reasonToJson),
    },
  };
}

/** Who asked for another attempt, and on which words; the words themselves are in the snapshot. */
function describeAttempt(attempt: AttemptFacts, botUserId: number): JsonObject {
  const { pull, runs, replaced, isReplaceable, feedback, reviewerRole } = attempt;
  const author = feedback?.author ?? null;
  return {
    pull,
    runs,
    replaced,
    isReplaceable,
    author: author && { ...author, isPerson: author.isPerson && author.id !== botUserId },
    reviewerRole,
    feedbackSha256: feedback
      ? sha256OfJson(feedback.notes.map(({ text }) => text.toWellFormed()))
      : null,
  };
}

function reasonToJson({ rule, outcome, sentence, children }: Reason): JsonObject {
  return {
    rule,
    outcome,
    sentence: capText(sentence.toWellFormed(), sentenceMax),
    ...(children ? { children: children.map(reasonToJson) } : {}),
  };
}
