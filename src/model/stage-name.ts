/** The stages' names; `src/flow.ts` says the rest of each and is checked against this list. */
export const stageNames = [
  'ingress',
  'policy',
  'dispatch',
  'broker',
  'sandbox',
  'verification',
  'evidence',
  'review',
  'schedule',
] as const;
export type StageName = (typeof stageNames)[number];
