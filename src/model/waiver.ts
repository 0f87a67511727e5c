import type { Account } from './snapshot.ts';
import type { Finding } from './verdict.ts';

/** One finding of one piece of evidence that a named person put aside, with the reason. */
export interface Waiver {
  /** As `nameFindings` names it: `T05`, `T05.2`. */
  readonly finding: string;
  readonly reason: string;
  readonly by: Account;
  /** RFC 3339. */
  readonly at: string;
}

/** Findings with the names people call them by: a detector's id, and `.2` for its second finding. */
export function nameFindings(
  findings: readonly Finding[],
): readonly (Finding & { readonly name: string })[] {
  const counts = new Map<string, number>();
  return findings.map((finding) => {
    const count = (counts.get(finding.id) ?? 0) + 1;
    counts.set(finding.id, count);
    return { ...finding, name: count === 1 ? finding.id : `${finding.id}.${count}` };
  });
}
