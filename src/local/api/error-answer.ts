import { AccessError } from './access.ts';
import { documentationUrl, REST_DOCUMENTATION } from './documentation.ts';
import { nameResource } from './name-resource.ts';
import { type Answer, HttpError } from './route.ts';

/** Methods that GitHub answers; `OPTIONS` is a browser's question before it calls from another site. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** GitHub's body for a refusal; `documentation_url` is the operation's own page. */
export function toErrorAnswer(error: unknown, operation: string | undefined): Answer {
  if (!(error instanceof HttpError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, body: { message: `Server Error: ${message}`, status: '500' } };
  }
  const { status, message, errors } = error;
  return {
    status,
    headers: {
      ...(error instanceof AccessError && error.accepted !== ''
        ? { 'x-accepted-github-permissions': error.accepted }
        : {}),
      // The rest of a body that was too large is not read any more.
      ...(status === 413 ? { connection: 'close' } : {}),
    },
    body: {
      message,
      ...(errors ? { errors: errors.map((each) => nameResource(each, operation)) } : {}),
      documentation_url: error.documentationUrl ?? documentationUrl(operation),
      status: String(status),
    },
  };
}

/** "Not built here" must not look like GitHub's 404: 501 says which operation is missing. */
export function unknownRoute(path: string, method: string): Answer {
  // No operation of GitHub's has another method, so there is nothing to build.
  if (!METHODS.includes(method)) throw new HttpError(404, 'Not Found');
  // A line break in a header would end it, and the path is the caller's.
  const name = `${method} ${encodeURI(path.toWellFormed()).slice(0, 500)}`;
  return {
    status: 501,
    headers: { 'x-local-unimplemented': name },
    body: {
      message: `The local GitHub has no ${name}`,
      documentation_url: REST_DOCUMENTATION,
      status: '501',
    },
  };
}
