import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Exit } from '../exit-code.ts';

/** A file's text, or standard input's for `-`. `what` says in the refusal what was expected. */
export async function readText(file: string, what: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Exit('usage', `cannot read ${file}: expected ${what}`, { cause });
  });
}
