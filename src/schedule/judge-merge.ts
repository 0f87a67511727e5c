import type { Run } from '#model/run.ts';
import { visibleText } from '#model/text.ts';

/** A pull request as the API shows it now. */
export interface ClosedPull {
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
  readonly headSha: string;
  readonly mergeSha: string | null;
  readonly mergedBy: string | null;
  readonly baseRef: string;
  /** Conclusion of our review check on that head; null when there is none. */
  readonly reviewConclusion: string | null;
}

/** How a pull request of ours ended. */
export type MergeJudgement =
  | { readonly kind: 'open' }
  | { readonly kind: 'unmerged'; readonly because: string }
  /** Merged, and not through the gate: nothing is released by it. */
  | { readonly kind: 'ungoverned'; readonly because: string }
  | { readonly kind: 'governed' };

/** A merge releases work only when it is of exactly what was reviewed, through a green gate. */
export function judgeMerge(
  run: Pick<Run, 'headSha' | 'baseRef'>,
  pull: ClosedPull,
): MergeJudgement {
  if (pull.state === 'open') return { kind: 'open' };
  if (!pull.merged) {
    return { kind: 'unmerged', because: 'the pull request was closed without being merged' };
  }
  if (pull.headSha !== run.headSha) {
    return {
      kind: 'ungoverned',
      because: `expected the reviewed commit ${run.headSha?.slice(0, 7)} to be merged, but ${pull.headSha.slice(0, 7)} was`,
    };
  }
  if (`refs/heads/${pull.baseRef}` !== run.baseRef) {
    return {
      kind: 'ungoverned',
      because: `it was merged into ${quote(pull.baseRef)}, not ${run.baseRef}`,
    };
  }
  return pull.reviewConclusion === 'success'
    ? { kind: 'governed' }
    : {
        kind: 'ungoverned',
        because: `it was merged while the gate was ${pull.reviewConclusion ?? 'missing'}`,
      };
}

/** A branch's name is anybody's text: in a code span it mentions and links nothing. */
function quote(text: string): string {
  return `\`${visibleText(text).replaceAll('`', '')}\``;
}
