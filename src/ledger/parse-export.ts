import { z } from 'zod';
import { canonicalJson } from '#model/canonical-json.ts';
import type { Entry } from '#model/entry.ts';
import type { Json } from '#model/json.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';

const entrySchema = z.strictObject({
  seq: z.number().int().positive(),
  at: z.string(),
  kind: z.string(),
  runId: z.string().nullable(),
  repositoryId: z.number().int().nullable(),
  actor: z.string(),
  facts: z.record(z.string(), z.json()),
  previous: z.string(),
  hash: z.string(),
});

/** An export is one canonical JSON document a line, oldest first. */
export function renderExport(entries: readonly Entry[]): string {
  return entries.map((entry) => `${canonicalJson(entry as unknown as Json)}\n`).join('');
}

/**
 * Read an export back. A line must be the canonical spelling of its entry, to the byte: white space or
 * another order of keys would be a change that no hash sees. The refusal names the first bad line.
 */
export function parseExport(text: string): Result<readonly Entry[], string> {
  const lines = text.split('\n');
  if (lines.pop() !== '') return refuse('the last line does not end: the export was cut');
  const entries: Entry[] = [];
  for (const [index, line] of lines.entries()) {
    const parsed = entrySchema.safeParse(parseLine(line));
    if (!parsed.success || canonicalJson(parsed.data as unknown as Json) !== line) {
      return refuse(`line ${index + 1} is not a ledger entry as it was written`);
    }
    entries.push(parsed.data as Entry);
  }
  return ok(entries);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
