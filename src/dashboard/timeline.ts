import type { Entry } from '#model/entry.ts';
import type { RunState } from '#model/run.ts';
import type { StageName } from '#model/stage-name.ts';

/** One stage of a run's journey, as its ledger entries tell it. */
export interface TimelineStage {
  readonly name: StageName;
  readonly sentence: string;
  readonly status: 'waiting' | 'now' | 'done' | 'broken';
  /** Milliseconds from the run's first entry to this stage's last one; null before it began. */
  readonly reachedMs: number | null;
}

const broken: readonly RunState[] = ['failed', 'cancelled', 'expired'];

/**
 * The stages in the order of the flow. The stages of the runner's jobs write nothing themselves:
 * they are done when a later stage has begun.
 */
export function buildTimeline(
  stages: readonly { readonly name: StageName; readonly sentence: string }[],
  entries: readonly Entry[],
  state: RunState,
): readonly TimelineStage[] {
  const first = entries[0] ? Date.parse(entries[0].at) : 0;
  const last = new Map<string, number>();
  for (const entry of entries)
    last.set(entry.kind.split('.', 1)[0] ?? '', Date.parse(entry.at) - first);
  const reached = stages.map((stage) => last.get(stage.name) ?? null);
  const furthest = reached.findLastIndex((ms) => ms !== null);
  return stages.map((stage, index) => ({
    name: stage.name,
    sentence: stage.sentence,
    status: statusOf(index, furthest, state),
    reachedMs: reached[index] ?? null,
  }));
}

function statusOf(index: number, furthest: number, state: RunState): TimelineStage['status'] {
  if (index < furthest) return 'done';
  if (index > furthest) return 'waiting';
  if (broken.includes(state)) return 'broken';
  return state === 'settled' ? 'done' : 'now';
}
