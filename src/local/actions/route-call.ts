import { numberParam } from '#local/api/field.ts';
import { type Call, HttpError } from '#local/api/route.ts';
import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import { type ActionsService, actionsOf } from './actions-service.ts';
import type { AttemptRecord, JobRecord, RunRecord } from './run-record.ts';

/** A call that was matched below a repository: the repository and its Actions service. */
export interface ActionsCall {
  readonly repository: Repository;
  readonly service: ActionsService;
}

/** The repository of a call, or GitHub's 404. */
export function openCall(call: Call): ActionsCall {
  if (call.repository === undefined) throw new HttpError(404, 'Not Found');
  return { repository: call.repository, service: actionsOf(call.world) };
}

/** The run named in the path, or GitHub's 404. */
export function findRun(call: Call): ActionsCall & { readonly run: RunRecord } {
  const open = openCall(call);
  const run = open.service.runs.find(open.repository, numberParam(call.params, 'run_id'));
  if (run === undefined) throw new HttpError(404, 'Not Found');
  return { ...open, run };
}

/** The run and the attempt named in the path, or GitHub's 404. */
export function findAttempt(
  call: Call,
): ActionsCall & { readonly run: RunRecord; readonly attempt: AttemptRecord } {
  const open = findRun(call);
  const number = numberParam(call.params, 'attempt_number');
  const attempt = [open.run, ...open.run.earlier].find((each) => each.attempt === number);
  if (attempt === undefined) throw new HttpError(404, 'Not Found');
  return { ...open, attempt };
}

/** The job named in the path with its run, or GitHub's 404. */
export function findJob(call: Call): { readonly run: RunRecord; readonly job: JobRecord } {
  const { repository, service } = openCall(call);
  const found = service.runs.findJob(repository, numberParam(call.params, 'job_id'));
  if (found === undefined) throw new HttpError(404, 'Not Found');
  return found;
}

/** Who a call acts as: a person, or the bot of an App or of a job. */
export function actorOf(call: Call): User {
  const { principal } = call;
  if (principal.kind === 'user') return principal.user;
  if (principal.kind === 'installation' || principal.kind === 'job') return principal.bot;
  throw new HttpError(403, 'Resource not accessible by integration');
}
