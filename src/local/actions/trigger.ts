import path from 'node:path';
import type { Json, JsonObject } from '#model/json.ts';
import { isObject } from './yaml-reader.ts';

/** What an event is to a workflow's filters. */
export interface TriggerEvent {
  readonly name: string;
  readonly action: string | undefined;
  /** The pushed ref, or a pull request's base branch as a full ref. */
  readonly ref: string;
  /** The name of the workflow that ran, for `workflow_run`. */
  readonly workflow?: string;
}

// Without `types:` a pull_request workflow runs for these three only.
const PULL_REQUEST_TYPES = ['opened', 'synchronize', 'reopened'];

/** Whether a workflow's `on:` entry for the event lets it run. Path filters are not looked at. */
export function isTriggered(filter: Json, event: TriggerEvent): boolean {
  const settings: JsonObject = isObject(filter) ? filter : {};
  return (
    typeMatches(settings.types, event) &&
    refMatches(settings, event) &&
    workflowMatches(settings.workflows, event)
  );
}

// `workflow_run` follows the workflows it names, and none when it names none.
function workflowMatches(workflows: Json | undefined, event: TriggerEvent): boolean {
  if (event.name !== 'workflow_run') return true;
  return event.workflow !== undefined && listOf(workflows).includes(event.workflow);
}

function typeMatches(types: Json | undefined, event: TriggerEvent): boolean {
  const fallback = /^pull_request(_target)?$/.test(event.name) ? PULL_REQUEST_TYPES : undefined;
  const wanted = types === undefined ? fallback : listOf(types);
  return wanted === undefined || event.action === undefined || wanted.includes(event.action);
}

function refMatches(settings: JsonObject, event: TriggerEvent): boolean {
  const branch = /^refs\/heads\/(.+)$/.exec(event.ref)?.[1];
  const tag = /^refs\/tags\/(.+)$/.exec(event.ref)?.[1];
  const { branches, tags } = settings;
  const noBranches = settings['branches-ignore'];
  const noTags = settings['tags-ignore'];
  if (branch !== undefined) {
    // A push workflow that names only tags does not run for branches.
    if (branches === undefined && noBranches === undefined)
      return tags === undefined && noTags === undefined;
    if (noBranches !== undefined) return !matchesAny(noBranches, branch);
    return matchesAny(branches, branch);
  }
  if (tag === undefined) return true;
  if (tags === undefined && noTags === undefined)
    return branches === undefined && noBranches === undefined;
  return noTags === undefined ? matchesAny(tags, tag) : !matchesAny(noTags, tag);
}

/** Whether a branch or tag matches one pattern: `*` does not cross a slash, `**` does. */
export function refPatternMatches(name: string, pattern: string): boolean {
  return path.matchesGlob(name, pattern);
}

// The last pattern that matches wins; `!` takes back.
function matchesAny(patterns: Json | undefined, name: string): boolean {
  let matched = false;
  for (const pattern of listOf(patterns)) {
    if (pattern.startsWith('!')) matched = matched && !path.matchesGlob(name, pattern.slice(1));
    else matched = matched || path.matchesGlob(name, pattern);
  }
  return matched;
}

function listOf(value: Json | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}
