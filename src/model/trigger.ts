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
  z.strictObject({
    assigned: z.literal(true).describe('Assigning an issue to the App’s own account starts work.'),
    role,
  }),
  z.strictObject({
    project_status: z
      .string()
      .min(1)
      .max(100)
      .describe('Moving an issue to this column of an organization’s project starts work.'),
    project: z
      .number()
      .int()
      .positive()
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Only in the project with this number; in any without it.'),
    field: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('The single-select field that the columns are of; `Status` without it.'),
    role,
  }),
  z.strictObject({
    review: z
      .literal('changes_requested')
      .describe(
        'A review that asks for changes on an agent’s pull request starts another attempt.',
      ),
    role,
  }),
  z.strictObject({
    check: z
      .string()
      .min(1)
      .max(100)
      .describe(
        'This check, failed on the head of an agent’s pull request, starts another attempt.',
      ),
    app: z
      .number()
      .int()
      .positive()
      .max(Number.MAX_SAFE_INTEGER)
      .describe('The id of the App whose check it must be; 15368 is GitHub Actions.'),
    role,
  }),
]);
export type Trigger = z.infer<typeof triggerSchema>;

/** What a person did to ask for work. It is kept with the run, and asked about again at a release. */
export type Cause = FirstCause | AttemptCause;

/** What asks for another attempt at a pull request, after the work was asked for (ADR 0015). */
export type AttemptCause = Again &
  (
    | {
        readonly kind: 'review';
        readonly reviewId: number;
        /** Of the review's own text when it was submitted. */
        readonly bodySha256: string;
        readonly reviewer: { readonly id: number; readonly login: string };
      }
    | {
        readonly kind: 'check';
        readonly checkRunId: number;
        readonly check: string;
        /** The id of the App that concluded it. */
        readonly app: number;
      }
  );

/** Which attempt is replaced. */
interface Again {
  readonly pull: number;
  /** The commit that was reviewed or checked. */
  readonly headSha: string;
  /** The base that commit was made on. */
  readonly baseSha: string;
  /** Id of the run that made it. */
  readonly replaces: string;
  /** What asked for the work at first; it must still stand. */
  readonly first: FirstCause;
}

/** What asks for work that nobody has begun. */
export type FirstCause =
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'comment'; readonly nodeId: string }
  /** The issue was assigned to the App's own account. */
  | { readonly kind: 'assigned' }
  /** The issue was moved to a column of an organization's project. */
  | {
      readonly kind: 'project_status';
      /** The project's number in the organization. */
      readonly project: number;
      readonly field: string;
      readonly status: string;
      /** Of the item of the project that is this issue. */
      readonly itemNodeId: string;
    };

/** True for what asks for another attempt. */
export function isAttempt(cause: Cause): cause is AttemptCause {
  return cause.kind === 'review' || cause.kind === 'check';
}

/** What asked for the work at first, whatever attempt this is. */
export function firstCause(cause: Cause): FirstCause {
  return isAttempt(cause) ? cause.first : cause;
}

/** The field that columns are of, unless a policy names another. */
const columnField = 'Status';

/** The trigger that a cause pulls; undefined when the policy lists none. */
export function findTrigger(triggers: readonly Trigger[], cause: Cause): Trigger | undefined {
  return triggers.find((trigger) => pulls(cause, trigger));
}

function pulls(cause: Cause, trigger: Trigger): boolean {
  switch (cause.kind) {
    case 'label':
      return 'label' in trigger && trigger.label === cause.label;
    case 'comment':
      return 'comment' in trigger;
    case 'assigned':
      return 'assigned' in trigger;
    case 'project_status':
      return (
        'project_status' in trigger &&
        trigger.project_status === cause.status &&
        (trigger.field ?? columnField) === cause.field &&
        (trigger.project === undefined || trigger.project === cause.project)
      );
    case 'review':
      return 'review' in trigger;
    case 'check':
      return 'check' in trigger && trigger.check === cause.check && trigger.app === cause.app;
  }
}

/** A trigger in words: `the label sallyport`. */
export function describeTrigger(trigger: Trigger): string {
  if ('label' in trigger) return `the label ${trigger.label}`;
  if ('comment' in trigger) return `the comment ${trigger.comment}`;
  if ('assigned' in trigger) return describeCause({ kind: 'assigned' });
  if ('review' in trigger) return 'a review that asks for changes';
  if ('check' in trigger) return `the failed check ${trigger.check} of App ${trigger.app}`;
  const { project_status: status, field = columnField, project } = trigger;
  return `${field} ${status} in ${project === undefined ? 'a project' : `project ${project}`}`;
}

/** A cause in words, as a trigger is. */
export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case 'label':
      return `the label ${cause.label}`;
    case 'comment':
      return `the comment ${runCommand}`;
    case 'assigned':
      return 'the assignment to the App';
    case 'project_status':
      return `${cause.field} ${cause.status} in project ${cause.project}`;
    case 'review':
      return `the review of ${cause.reviewer.login} that asks for changes`;
    case 'check':
      return `the failed check ${cause.check} of App ${cause.app}`;
  }
}
