import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseSeed } from '#local/seed/parse-seed.ts';
import type { Seed } from '#local/seed/seed.ts';
import { Exit } from '../exit-code.ts';

/** Read a seed file; every mistake in it is a line of the refusal. */
export async function readSeed(file: string): Promise<Seed> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Exit('usage', `cannot read the seed ${file}: ${cause.code}`, { cause });
  });
  const parsed = parseSeed(text, dirname(file));
  if (parsed.ok) return parsed.value;
  throw new Exit('usage', parsed.refusal.map((line) => `${file}: ${line}`).join('\n'));
}
