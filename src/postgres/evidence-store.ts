import { sha256, sha256OfJson } from '#model/digest.ts';
import type { EntryDraft } from '#model/entry.ts';
import type { Envelope, Manifest } from '#model/evidence.ts';
import type { JsonObject } from '#model/json.ts';
import type { Run, RunEvent, RunId } from '#model/run.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';
import { findEvidenceOfRun } from './evidence-read.ts';
import type { RunChanges, StoredRun } from './run-store.ts';
import { findRun, moveRunIn } from './run-store.ts';

interface Note {
  readonly kind: EntryDraft['kind'];
  readonly changes?: RunChanges;
  readonly facts: JsonObject;
}

/** What publishing keeps. */
export interface EvidenceStore {
  findRun(id: RunId): Promise<StoredRun | undefined>;
  /** False when the run is not where the step starts. */
  move(id: RunId, step: Note & { readonly event: RunEvent }): Promise<boolean>;
  note(id: RunId, note: Note): Promise<void>;
  /** The first manifest of a run is the one that counts; `sign` is asked only then. */
  keep(
    run: Run,
    manifest: Manifest,
    files: ReadonlyMap<string, Uint8Array>,
    sign: (manifest: Manifest) => Envelope,
  ): Promise<{ readonly manifest: Manifest; readonly envelope: Envelope }>;
}

export function createEvidenceStore(database: Database, now: () => Date): EvidenceStore {
  return {
    findRun: (id) => findRun(database, id),
    move: (id, step) =>
      database.transaction(async (tx) => {
        const moved = await moveRunIn(tx, id, { ...step, actor: 'app' }, now());
        return moved.ok;
      }),
    note: (id, { kind, changes, facts }) =>
      database.transaction(async (tx) => {
        const rows = await tx.query<{ repository_id: number }>(
          `update run set branch = coalesce($2, branch), head_sha = coalesce($3, head_sha),
             pull = coalesce($4, pull), updated_at = $5 where id = $1 returning repository_id`,
          [id, changes?.branch ?? null, changes?.headSha ?? null, changes?.pull ?? null, now()],
        );
        const repositoryId = rows[0]?.repository_id ?? null;
        await append(tx, { kind, runId: id, repositoryId, actor: 'app', facts }, now());
      }),
    keep: async (run, manifest, files, sign) => {
      const known = await findEvidenceOfRun(database, run.id);
      if (known && known.manifest.subject.headSha === manifest.subject.headSha) return known;
      const envelope = sign(manifest);
      await insert(database, run, manifest, envelope, files, now());
      return { manifest, envelope };
    },
  };
}

async function insert(
  database: Database,
  run: Run,
  manifest: Manifest,
  envelope: Envelope,
  files: ReadonlyMap<string, Uint8Array>,
  now: Date,
): Promise<void> {
  const manifestSha256 = sha256OfJson(manifest as unknown as JsonObject);
  await database.transaction(async (tx) => {
    for (const bytes of files.values()) {
      await tx.query(
        'insert into evidence_file (sha256, bytes) values ($1, $2) on conflict do nothing',
        [sha256(bytes), bytes],
      );
    }
    await tx.query(
      `insert into evidence (id, run_id, repository_id, head_sha, base_sha, policy_sha256, manifest_sha256, manifest, envelope, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        manifest.id,
        run.id,
        run.repository.id,
        manifest.subject.headSha,
        manifest.subject.baseSha,
        manifest.policySha256,
        manifestSha256,
        manifest,
        envelope,
        manifest.createdAt,
      ],
    );
    const facts = {
      id: manifest.id,
      manifestSha256,
      files: manifest.files.length,
      headSha: manifest.subject.headSha,
    };
    await append(
      tx,
      {
        kind: 'evidence.signed',
        runId: run.id,
        repositoryId: run.repository.id,
        actor: 'app',
        facts,
      },
      now,
    );
  });
}
