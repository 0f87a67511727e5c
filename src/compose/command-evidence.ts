import type { CommandDeps } from '#command/deps.ts';
import { closePull } from '#github/close-pull.ts';
import { readPull } from '#github/read-pull.ts';
import { nameFindings } from '#model/waiver.ts';
import { createWaiverStore } from '#postgres/waiver-store.ts';
import type { Edges } from './edges.ts';
import type { Finisher } from './finish.ts';
import { putEvidenceComment } from './post-proof.ts';

/** What commands read of evidence and do about it. */
export function evidenceDeps(edges: Edges, { finisher }: { readonly finisher: Finisher }) {
  const { database, queue, github, now } = edges;
  const store = createWaiverStore(database, queue, now);
  return {
    readEvidence: async (run) => {
      const manifest = await store.findEvidence(run.id);
      if (!manifest || run.pull === null) return null;
      const { state, headSha } = await readPull(github, run, run.pull);
      return {
        isOpen: state === 'open',
        result: manifest.verdict.result,
        headSha: manifest.subject.headSha,
        liveHeadSha: headSha,
        findings: nameFindings(manifest.verdict.findings).map(({ name }) => name),
      };
    },
    waive: async (run, { command, given }) => {
      const evidenceId = (await store.findEvidence(run.id))?.id ?? '';
      const { finding, reason } = command;
      const row = { evidenceId, finding, reason, by: given.sender, commentId: given.comment.id };
      const place = { runId: run.id, repositoryId: run.repository.id, pull: run.pull ?? 0 };
      const waiver = await store.keep(row, place);
      const body = await store.findBody(evidenceId);
      if (body !== undefined) {
        const waivers = await store.list(evidenceId);
        await putEvidenceComment(edges, run, { body, waivers, isFirst: false });
      }
      return waiver;
    },
    giveUp: async (run) => {
      if (run.pull !== null) await closePull(github, run, run.pull);
      await finisher.settle(run.id);
    },
  } satisfies Partial<CommandDeps>;
}
