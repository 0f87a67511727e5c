import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseExport, renderExport } from '#ledger/parse-export.ts';
import { verifyChain } from '#ledger/verify-chain.ts';
import { openPglite, openPostgres } from '#postgres/database.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import { readSettings } from '../settings.ts';
import { Exit } from './exit-code.ts';
import { openOutput } from './output.ts';

/** Entries are read in pages of this size. */
const pageSize = 5_000;

/** `sallyport ledger verify FILE`: offline, from the export alone. */
export async function ledgerVerify(file: string, options: { json?: boolean }): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Exit('usage', `cannot read ${file}: expected a ledger export, one JSON entry a line`);
  });
  const parsed = parseExport(text);
  if (!parsed.ok) throw new Exit('invalid', `${file}: ${parsed.refusal}`);
  const verified = verifyChain(parsed.value);
  const output = openOutput(options.json ?? false);
  if (!verified.ok) {
    if (options.json) output.answer({ intact: false, ...verified.refusal }, []);
    throw new Exit('invalid', `${file}: ${verified.refusal.sentence}`);
  }
  output.answer({ intact: true, ...verified.value }, [
    `${verified.value.entries} entries, every link holds; the last hash is ${verified.value.head}`,
  ]);
}

/** `sallyport ledger export`: the whole ledger of the database the settings name. */
export async function ledgerExport(): Promise<void> {
  const settings = readSettings();
  if (!settings.ok) throw new Exit('usage', settings.refusal.join('\n'));
  const { databaseUrl, dataDir } = settings.value;
  const database = databaseUrl
    ? await openPostgres(databaseUrl)
    : await openPglite(join(dataDir, 'database'));
  try {
    for (let after = 0; ; ) {
      const page = await listEntries(database, after, pageSize);
      process.stdout.write(renderExport(page));
      if (page.length < pageSize) return;
      after = page.at(-1)?.seq ?? after;
    }
  } finally {
    await database.close();
  }
}
