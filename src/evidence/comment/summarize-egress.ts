// Pure: the calls out of the sandboxes, counted for a reviewer. Hosts are the subject's words.
import { type EgressCall, egressCallSchema } from '#model/egress-call.ts';

/** What left, and what was held back. */
export interface EgressSummary {
  readonly allowed: number;
  readonly refused: number;
  /** Refused hosts, most asked first. */
  readonly hosts: readonly { readonly host: string; readonly calls: number }[];
  /** Lines that were no record. */
  readonly unreadable: number;
}

/** Logs are capped on the runner; this is the App's own limit. */
const linesMax = 20_000;

/** Read `egress.jsonl` texts and count them. */
export function summarizeEgress(texts: readonly string[]): EgressSummary {
  const lines = texts.flatMap((text) => text.split('\n').filter(Boolean)).slice(0, linesMax);
  const calls = lines.map(parseCall).filter((call) => call !== undefined);
  const refused = calls.filter((call) => call.decision === 'refused');
  const counts = new Map<string, number>();
  for (const { host } of refused) counts.set(host, (counts.get(host) ?? 0) + 1);
  return {
    allowed: calls.length - refused.length,
    refused: refused.length,
    hosts: [...counts]
      .map(([host, count]) => ({ host, calls: count }))
      .sort((a, b) => b.calls - a.calls || (a.host < b.host ? -1 : 1)),
    unreadable: lines.length - calls.length,
  };
}

function parseCall(line: string): EgressCall | undefined {
  try {
    return egressCallSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
