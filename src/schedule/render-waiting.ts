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

/** What people read when a run goes on, and what let it start was taken back. */
export function renderUndermined(because: string): string {
  return [
    `**Sallyport: what this stands on was taken back.** ${because}, after this run had started. It goes on.`,
    '',
    'Read its pull request with that in mind, or end it with `/sallyport stop`.',
  ].join('\n');
}
