// Pure: the calls out of the sandboxes, counted for a reviewer. Hosts are the subject's words.
import { readEgressLog } from '#model/egress-log.ts';
import { groupRefused, type RefusedHost } from '#model/policy-line.ts';

/** What left, and what was held back. */
export interface EgressSummary {
  readonly allowed: number;
  readonly refused: number;
  /** Refused hosts, most asked first. */
  readonly hosts: readonly RefusedHost[];
  /** Lines that were no record. */
  readonly unreadable: number;
  /** Logs that are not what the gate wrote, each with its job and why. */
  readonly troubles: readonly string[];
}

/** Read `egress.jsonl` texts by their job (`agent`, `verify`), check their chains and count them. */
export function summarizeEgress(texts: ReadonlyMap<string, string>): EgressSummary {
  const logs = [...texts].map(([job, text]) => ({ job, ...readEgressLog(text) }));
  const calls = logs.flatMap((log) => log.calls);
  const refused = calls.filter((call) => call.decision === 'refused').length;
  return {
    allowed: calls.length - refused,
    refused,
    hosts: groupRefused(calls),
    unreadable: logs.reduce((sum, { unreadable }) => sum + unreadable, 0),
    troubles: logs.flatMap(({ job, trouble }) => (trouble === null ? [] : [`${job}: ${trouble}`])),
  };
}
