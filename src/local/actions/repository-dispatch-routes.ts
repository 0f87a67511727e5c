import { invalid, requiredText } from '#local/api/field.ts';
import type { Reply, Webhook } from '#local/api/operation.ts';
import { type Call, HttpError, routes } from '#local/api/route.ts';
import type { Json, JsonObject } from '#model/json.ts';
import { actorOf, openCall } from './route-call.ts';
import { isObject } from './yaml-reader.ts';

// GitHub's bounds: docs.github.com, "Create a repository dispatch event".
const EVENT_TYPE_CHARS_MAX = 100;
const PAYLOAD_KEYS_MAX = 10;
const PAYLOAD_CHARS_MAX = 65_535;

/** Starting workflows from outside, with an event of one's own. */
export const repositoryDispatchRoutes = routes({
  'repos/create-dispatch-event': {
    method: 'POST',
    path: '/repos/{owner}/{repo}/dispatches',
    access: ['contents:write'],
    handle: dispatch,
  },
});

function dispatch(call: Call): Reply<'repos/create-dispatch-event'> {
  const { repository } = openCall(call);
  const action = requiredText(call.body, 'event_type', EVENT_TYPE_CHARS_MAX);
  const client_payload = readPayload(call.body.client_payload);
  const payload = {
    action,
    branch: repository.defaultBranch,
    client_payload: { ...client_payload },
  } satisfies Webhook<'repository-dispatch-sample'>;
  call.world.emit('repository_dispatch', repository, actorOf(call), payload);
  return { status: 204 };
}

function readPayload(value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  // The body was JSON when it came in, so that this changes nothing but the type.
  const text = JSON.stringify(value);
  const payload: Json = JSON.parse(text);
  if (!isObject(payload)) throw invalid('client_payload', 'invalid');
  const keys = Object.keys(payload).length;
  if (keys > PAYLOAD_KEYS_MAX)
    throw new HttpError(
      422,
      `Invalid request.\n\nNo more than ${PAYLOAD_KEYS_MAX} properties are allowed; ${keys} were supplied.`,
    );
  if (text.length > PAYLOAD_CHARS_MAX) throw new HttpError(422, 'client_payload is too large.');
  return payload;
}
