import path from 'node:path';
import type { Json, JsonObject } from '#model/json.ts';
import { matchesList } from './filter-pattern.ts';
import { isObject } from './yaml-reader.ts';

/** What an event is to a workflow's filters. */
export interface TriggerEvent {
  readonly name: string;
  readonly action: string | undefined;
  /** The pushed ref, or a pull request's base branch as a full ref. */
  readonly ref: string;
  /** The name of the workflow that ran, for `workflow_run`. */
  readonly workflow?: string;
  /** The files that `paths` is held against; absent where GitHub looks at none. */
  readonly files?: readonly string[];
}

// Without `types:` a pull_request workflow runs for these three only.
const PULL_REQUEST_TYPES = ['opened', 'synchronize', 'reopened'];

/** Whether a workflow's `on:` entry for the event lets it run. */
export function isTriggered(filter: Json, event: TriggerEvent): boolean {
  const settings: JsonObject = isObject(filter) ? filter : {};
  return (
    typeMatches(settings.types, event) &&
    refMatches(settings, event) &&
    filesMatch(settings, event) &&
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

// One file that counts is enough, whatever the others are.
function filesMatch(settings: JsonObject, { files }: TriggerEvent): boolean {
  if (files === undefined) return true;
  const { paths } = settings;
  const ignored = settings['paths-ignore'];
  if (paths !== undefined) return files.some((file) => matchesAny(paths, file));
  if (ignored !== undefined) return files.some((file) => !matchesAny(ignored, file));
  return true;
}

/** Whether a workflow's `on:` entry names files, so that the changed ones have to be known. */
export function namesPaths(filter: Json): boolean {
  return isObject(filter) && (filter.paths !== undefined || filter['paths-ignore'] !== undefined);
}

/**
 * Whether a branch or tag may deploy by one pattern of an environment: a shell's, not a workflow's.
 * `*` does not cross a slash, `**` does.
 */
export function refPatternMatches(name: string, pattern: string): boolean {
  return path.matchesGlob(name, pattern);
}

function matchesAny(patterns: Json | undefined, name: string): boolean {
  return matchesList(name, listOf(patterns));
}

function listOf(value: Json | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}
