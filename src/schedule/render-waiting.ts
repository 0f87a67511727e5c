import type { Run } from '#model/run.ts';

/** What a person reads when only a person can let a run go on, with the line that does it. */
export function renderWaiting(run: Pick<Run, 'id'>, because: string, seen: string): string {
  return [
    `**Sallyport: needs a person.** ${because}.`,
    '',
    'To start it all the same, somebody with write who did not ask for it comments on this issue:',
    '',
    '```',
    `/sallyport approve ${run.id} ${seen}`,
    '```',
    'It is for the text, the policy and the blockers as they are now, and for nothing else.',
  ].join('\n');
}
