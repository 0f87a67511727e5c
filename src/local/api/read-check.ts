import type { CheckAnnotation } from '#local/record/check.ts';
import type { CheckFields } from './change-check.ts';
import {
  invalid,
  optionalNumber,
  optionalObject,
  optionalText,
  optionalWord,
  requiredText,
} from './field.ts';
import { HttpError } from './route.ts';

type Body = Readonly<Record<string, unknown>>;

const STATUSES = ['queued', 'in_progress', 'completed'] as const;
const CONCLUSIONS = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'timed_out',
] as const;
const LEVELS = ['notice', 'warning', 'failure'] as const;
// GitHub's bound for one request; further ones add to those there are.
const ANNOTATIONS_MAX = 50;
const MESSAGE_CHARS_MAX = 64 * 1024;

/** Read what a request sets of a check run. Throws GitHub's 422. */
export function readCheckFields(body: Body): CheckFields {
  const output = optionalObject(body, 'output');
  const conclusion = optionalWord(body, 'conclusion', CONCLUSIONS);
  const status = optionalWord(body, 'status', STATUSES);
  checkActions(body.actions);
  if (status === 'completed' && conclusion === undefined)
    throw invalid('conclusion', 'missing_field');
  return {
    name: optionalText(body, 'name', 255),
    status,
    conclusion,
    externalId: optionalText(body, 'external_id', 255),
    detailsUrl: optionalText(body, 'details_url', 2000),
    startedAt: optionalTime(body, 'started_at'),
    completedAt: optionalTime(body, 'completed_at'),
    ...(output === undefined ? {} : readOutput(output)),
  };
}

/** GitHub's bound on the buttons of a check run; no answer has them, so none are kept. */
const ACTIONS_MAX = 3;

function checkActions(value: unknown): void {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value) || value.length > ACTIONS_MAX) throw invalid('actions', 'invalid');
  for (const each of value as readonly unknown[]) {
    const action = optionalObject({ actions: each }, 'actions') ?? {};
    requiredText(action, 'label', 20);
    requiredText(action, 'description', 40);
    requiredText(action, 'identifier', 20);
  }
}

function readOutput(output: Body): Pick<CheckFields, 'output' | 'annotations'> {
  const summary = optionalText(output, 'summary', 65_535);
  if (summary === undefined) throw invalid('summary', 'missing_field');
  return {
    output: {
      title: optionalText(output, 'title', 255) ?? null,
      summary,
      text: optionalText(output, 'text', 65_535) ?? null,
    },
    annotations: readAnnotations(output.annotations),
  };
}

function readAnnotations(value: unknown): readonly CheckAnnotation[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid('annotations', 'invalid');
  if (value.length > ANNOTATIONS_MAX)
    throw new HttpError(
      422,
      `Invalid request.\n\nNo more than ${ANNOTATIONS_MAX} items are allowed; ${value.length} were supplied.`,
    );
  return value.map((each: unknown) =>
    readAnnotation(optionalObject({ annotations: each }, 'annotations') ?? {}),
  );
}

function readAnnotation(body: Body): CheckAnnotation {
  const path = optionalText(body, 'path', 4096);
  const message = optionalText(body, 'message', MESSAGE_CHARS_MAX);
  const level = optionalWord(body, 'annotation_level', LEVELS);
  const startLine = optionalNumber(body, 'start_line');
  const endLine = optionalNumber(body, 'end_line');
  if (path === undefined || path === '') throw invalid('path', 'missing_field');
  if (message === undefined) throw invalid('message', 'missing_field');
  if (level === undefined) throw invalid('annotation_level', 'missing_field');
  if (startLine === undefined) throw invalid('start_line', 'missing_field');
  if (endLine === undefined) throw invalid('end_line', 'missing_field');
  if (startLine < 1 || endLine < startLine) throw invalid('end_line', 'invalid');
  return {
    path,
    startLine,
    endLine,
    ...readColumns(body, startLine === endLine),
    level,
    title: optionalText(body, 'title', 255) ?? null,
    message,
    rawDetails: optionalText(body, 'raw_details', MESSAGE_CHARS_MAX) ?? null,
  };
}

// Columns mean something on one line only.
function readColumns(body: Body, isOneLine: boolean) {
  const startColumn = optionalNumber(body, 'start_column') ?? null;
  const endColumn = optionalNumber(body, 'end_column') ?? null;
  if (!isOneLine && (startColumn ?? endColumn) !== null) throw invalid('start_column', 'invalid');
  return { startColumn, endColumn };
}

function optionalTime(body: Body, field: string): string | undefined {
  const text = optionalText(body, field, 40);
  if (text === undefined) return undefined;
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(Date.parse(text)))
    throw invalid(field, 'invalid', `${field} is not a timestamp.`);
  return `${new Date(text).toISOString().slice(0, 19)}Z`;
}
