import { z } from 'zod';

/** The role a trigger needs; triage sets labels, but never starts an agent. */
const role = z
  .enum(['write', 'maintain', 'admin'])
  .describe('The role that whoever does it needs at that moment, or a higher one.');
/** The one command that starts work: `/sallyport run`. */
export const runCommand = '/sallyport run';

/** What starts work, and the role that the person who does it needs (design: policy file). */
export const triggerSchema = z.union([
  z.strictObject({
    label: z.string().min(1).max(50).describe('Setting this label on an issue starts work.'),
    role,
  }),
  z.strictObject({
    comment: z.literal(runCommand).describe('A comment with this command starts work.'),
    role,
  }),
]);
export type Trigger = z.infer<typeof triggerSchema>;

/** What a person did to ask for work. It is kept with the run, and asked about again at a release. */
export type Cause =
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'comment'; readonly nodeId: string };

/** The trigger that a cause pulls; undefined when the policy lists none. */
export function findTrigger(triggers: readonly Trigger[], cause: Cause): Trigger | undefined {
  return triggers.find((trigger) =>
    cause.kind === 'label'
      ? 'label' in trigger && trigger.label === cause.label
      : 'comment' in trigger,
  );
}

/** A trigger in words: `the label sallyport`. */
export function describeTrigger(trigger: Trigger): string {
  if ('label' in trigger) return `the label ${trigger.label}`;
  return `the comment ${trigger.comment}`;
}

/** A cause in words, as a trigger is. */
export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case 'label':
      return `the label ${cause.label}`;
    case 'comment':
      return `the comment ${runCommand}`;
  }
}
