import type { App } from '#local/record/app.ts';
import type { JsonObject } from '#model/json.ts';

// What asks for work is for the App whose check it is; what was done is for everybody who listens.
const ASKS = ['requested', 'rerequested', 'requested_action'];

/** Whether an event is for this App: a request for a check goes to the check's own App alone. */
export function isMeantFor(app: Pick<App, 'id'>, event: string, payload: JsonObject): boolean {
  if (event !== 'check_run' && event !== 'check_suite') return true;
  if (!ASKS.includes(String(payload.action))) return true;
  const subject = payload[event];
  const owner = isObject(subject) ? subject.app : undefined;
  return isObject(owner) && owner.id === app.id;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
