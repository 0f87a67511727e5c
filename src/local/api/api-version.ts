import { REST_DOCUMENTATION } from './documentation.ts';
import { HttpError } from './route.ts';

/** The versions that GitHub serves; the first when the caller names none. */
const VERSIONS = ['2022-11-28', '2026-03-10'] as const;
export type ApiVersion = (typeof VERSIONS)[number];

/** The version that a caller asked for by `X-GitHub-Api-Version`. Throws GitHub's 400. */
export function readVersion(asked: string | undefined): ApiVersion {
  if (asked === undefined || asked === '') return VERSIONS[0];
  const found = VERSIONS.find((version) => version === asked);
  if (found) return found;
  const served = [...VERSIONS].reverse().map((version) => `"${version}"`);
  const error = new HttpError(
    400,
    `The version you specified in the "X-GitHub-API-Version" request header, "${asked}", is not a supported version. The following versions are currently supported: ${served[0]} (most recent), ${served.slice(1).join(', ')}.`,
  );
  error.documentationUrl = REST_DOCUMENTATION;
  throw error;
}

/** Bodies that quote what others sent: nothing in there is ours to change. */
const QUOTING = ['apps/get-webhook-delivery'];

/** Turn an answer into the asked version's form. Handlers answer as of 2022-11-28. */
export function toVersion(version: ApiVersion, operation: string, body: unknown): unknown {
  if (version === '2022-11-28' || QUOTING.includes(operation)) return body;
  if (operation === 'rate-limit/get' && isRecord(body)) return without(body, ['rate']);
  if (operation === 'meta/root' && isRecord(body))
    return without(body, ['authorizations_url', 'hub_url']);
  if (operation === 'repos/get-content' && Array.isArray(body)) return body.map(nameSubmodule);
  return modernize(body);
}

/** In a listing of the older version a submodule calls itself a file, but one without a download. */
function nameSubmodule(entry: unknown): unknown {
  const isHidden = isRecord(entry) && entry.type === 'file' && entry.download_url === null;
  return isHidden ? { ...entry, type: 'submodule' } : entry;
}

/** Drop what 2026-03-10 retired, wherever an issue, a pull request or a repository stands. */
function modernize(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modernize);
  if (!isRecord(value)) return value;
  const kept = without(value, retiredFields(value));
  return Object.fromEntries(Object.entries(kept).map(([name, each]) => [name, modernize(each)]));
}

function retiredFields(value: Readonly<Record<string, unknown>>): readonly string[] {
  if ('full_name' in value && 'owner' in value)
    return ['has_downloads', 'use_squash_pr_title_as_default'];
  if (!('number' in value && 'user' in value)) return [];
  return 'base' in value && 'head' in value ? ['assignee', 'merge_commit_sha'] : ['assignee'];
}

function without(value: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
