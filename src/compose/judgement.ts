import { join } from 'node:path';
import { openGitHub } from '#github/client.ts';
import type { JudgeDeps } from '#policy/read-facts.ts';
import type { Database } from '#postgres/database.ts';
import { openPglite, openPostgres } from '#postgres/database.ts';
import { findPausesOver } from '#postgres/pause-store.ts';
import { createRulingStore } from '#postgres/ruling-store.ts';
import type { Settings } from '../settings.ts';
import { policyDeps } from './start.ts';

/** The database that the settings name, for reading beside the App. */
export function openRecord({ databaseUrl, dataDir }: Settings): Promise<Database> {
  return databaseUrl ? openPostgres(databaseUrl) : openPglite(join(dataDir, 'database'));
}

/** What the App itself would read to decide now; nothing is written. Close it. */
export async function openJudgement(settings: Settings, database: Database) {
  const github = openGitHub(settings);
  const now = () => new Date();
  const { append, keepOrganization, findTriggers, keepTriggers, ...deps } = policyDeps({
    settings,
    database,
    github,
    now,
    identity: await github.readIdentity(),
    rulings: createRulingStore(database, now),
    pauses: { findOver: (place) => findPausesOver(database, place) },
  });
  return { deps: deps satisfies JudgeDeps, close: () => github.close() };
}
