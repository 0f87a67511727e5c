import { HttpError } from './route.ts';

const OWN = 'application/vnd.github';

/** The forms of an answer that GitHub's own media types name. */
const FORMS = ['raw', 'html', 'text', 'full', 'diff', 'patch', 'sha', 'object'] as const;
export type MediaForm = (typeof FORMS)[number] | 'json';

/** What GitHub's REST API can speak besides its own types; browsers and download tools included. */
const SPOKEN = [
  '*/*',
  'application/*',
  'application/json',
  'application/octet-stream',
  'text/html',
];

/**
 * The form that an `Accept` header asks for, as in `application/vnd.github.raw+json` or the older
 * `application/vnd.github.v3.diff`. Throws GitHub's 415 for a header that names nothing it speaks.
 */
export function readMediaForm(accept: string | undefined): MediaForm {
  if (accept === undefined || accept.trim() === '') return 'json';
  const types = accept
    .toLowerCase()
    .split(',')
    .map((type) => type.split(';')[0]?.trim() ?? '');
  const own = types.find((type) => type.startsWith(OWN));
  if (own !== undefined) return formOf(own);
  if (types.some((type) => SPOKEN.includes(type))) return 'json';
  const error = new HttpError(
    415,
    `Unsupported 'Accept' header: '${accept.slice(0, 200)}'. Must accept 'application/json'.`,
  );
  error.documentationUrl = 'https://docs.github.com/rest/using-the-rest-api/media-types';
  throw error;
}

function formOf(type: string): MediaForm {
  const last = type
    .replace(/\+json$/, '')
    .split('.')
    .at(-1);
  return FORMS.find((form) => form === last) ?? 'json';
}

/** What `X-GitHub-Media-Type` answers. */
export function mediaTypeHeader(form: MediaForm): string {
  return form === 'json' ? 'github.v3; format=json' : `github.v3; param=${form}; format=json`;
}
