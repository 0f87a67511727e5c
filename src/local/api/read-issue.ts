import { ASSIGNEES_MAX, isAssignable } from './change-assignee.ts';
import { isLabelName } from './change-label.ts';
import { invalid, optionalText, requiredText, TITLE_CHARS_MAX } from './field.ts';
import type { Call } from './route.ts';
import { repositoryOf } from './serve-api.ts';

type Body = Call['body'];

/** GitHub takes a whole number for a title and writes it out. */
function withTitle(body: Body): Body {
  return Number.isInteger(body.title) ? { ...body, title: String(body.title) } : body;
}

/** The title of a new issue. Throws 422 when there is none. */
export function requiredTitle(body: Body): string {
  return requiredText(withTitle(body), 'title', TITLE_CHARS_MAX);
}

/** A new title; undefined keeps the old one. Throws 422 for an empty one. */
export function readTitle(body: Body): string | undefined {
  const title = optionalText(withTitle(body), 'title', TITLE_CHARS_MAX);
  if (title?.trim() === '') throw invalid('title', 'missing_field');
  return title;
}

/** Milestones do not exist here, so no number is one's. Throws 422 rather than drop it. */
export function checkMilestone({ milestone = null }: Body): void {
  if (milestone !== null && milestone !== '') throw invalid('milestone', 'invalid');
}

/** GitHub's own bound on labels, and ours on any such list. */
const ITEMS_MAX = 100;

/** Labels by name; undefined when the field is absent. Throws 422 for anything but names. */
export function readLabelNames(value: unknown): readonly string[] | undefined {
  const names = readNames(value, 'labels', 'name');
  if (names && !names.every(isLabelName)) throw invalid('labels', 'invalid');
  return names;
}

/**
 * The accounts a new or changed issue names; undefined when it names none. The older `assignee`
 * counts as a list of one. Throws 422 for an account that cannot be assigned.
 */
export function readAssignees(call: Call, number: number | null): readonly number[] | undefined {
  const { assignee, assignees } = call.body;
  const isCleared = assignee === '' || assignee === null;
  const older = assignee === undefined ? undefined : isCleared ? [] : [assignee];
  const logins = readNames(assignees === undefined ? older : assignees, 'assignees', 'login');
  if (logins && new Set(logins).size > ASSIGNEES_MAX) throw invalid('assignees', 'invalid');
  return logins?.map((login) => {
    const id = assignableId(call, login, number);
    if (id === undefined) throw invalid('assignees', 'invalid');
    return id;
  });
}

/** The accounts to add; those that cannot be assigned are left out without a word. */
export function readAddedAssignees(call: Call, number: number): readonly number[] {
  const logins = readNames(call.body.assignees, 'assignees', 'login') ?? [];
  return logins.flatMap((login) => assignableId(call, login, number) ?? []);
}

function assignableId(call: Call, login: string, number: number | null): number | undefined {
  const user = call.world.userByLogin(login);
  if (!user || !isAssignable(call.world, repositoryOf(call), user, number)) return undefined;
  return user.id;
}

/** A list of names, or of objects that carry one. */
function readNames(value: unknown, field: string, key: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > ITEMS_MAX) throw invalid(field, 'invalid');
  return value.map((item: unknown) => {
    const name = isRecord(item) ? item[key] : item;
    if (typeof name !== 'string') throw invalid(field, 'invalid');
    return name;
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
