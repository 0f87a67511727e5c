import type { StageName } from '#model/stage-name.ts';

/** When a stage handed the issue on to the next (Unix ms). */
export interface Handover {
  readonly stage: StageName;
  readonly at: number;
}

/** Time of the stages that is not the factory's: the agent's, and the test commands'. */
export type ForeignTime = Readonly<Partial<Record<StageName, number>>>;

/**
 * Split a journey among its stages, without gap or overlap: each stage has the time from the
 * handover before it to its own, less what in it was the agent's or the tests'. The parts add up to
 * wall − agent − test commands.
 */
export function splitOverhead(
  startedAt: number,
  handovers: readonly Handover[],
  foreign: ForeignTime,
): Partial<Record<StageName, number>> {
  const parts: Partial<Record<StageName, number>> = {};
  let last = startedAt;
  for (const { stage, at } of handovers) {
    const until = Math.max(at, last); // two clocks may differ by a millisecond
    parts[stage] = (parts[stage] ?? 0) + until - last;
    last = until;
  }
  for (const stage of Object.keys(parts) as StageName[]) {
    parts[stage] = Math.round((parts[stage] ?? 0) - (foreign[stage] ?? 0));
  }
  return parts;
}
