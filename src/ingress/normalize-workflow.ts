import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import { ignored } from './ignored.ts';
import type { Reading } from './reading.ts';
import { about, id, toAbout } from './shape.ts';

const job = about.extend({
  action: z.string().max(60),
  workflow_job: z.object({
    run_id: id,
    run_attempt: id,
    name: z.string().max(500),
    status: z.string().max(60),
    conclusion: z.string().max(60).nullable(),
  }),
});

const jobStates = ['queued', 'in_progress', 'completed', 'waiting'] as const;

/** `workflow_job`: a job began or ended; what it held ends with it. */
export const normalizeJob: Reading = (payload) => {
  const parsed = job.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { workflow_job } = parsed.data;
  const status = jobStates.find((state) => state === workflow_job.status);
  if (!status) return ok(ignored(`a job in the state ${workflow_job.status} changes nothing`));
  return ok({
    kind: 'job_changed',
    ...toAbout(parsed.data),
    workflowRunId: workflow_job.run_id,
    attempt: workflow_job.run_attempt,
    job: workflow_job.name,
    status,
    conclusion: workflow_job.conclusion,
  });
};

const workflowRun = about.extend({
  action: z.string().max(60),
  workflow_run: z.object({
    id,
    run_attempt: id,
    conclusion: z.string().max(60).nullable(),
  }),
});

/** `workflow_run` completed: nothing of that run is alive any more. */
export const normalizeWorkflowRun: Reading = (payload) => {
  const parsed = workflowRun.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, workflow_run } = parsed.data;
  if (action !== 'completed') return ok(ignored(`nothing here listens to workflow_run.${action}`));
  return ok({
    kind: 'workflow_ended',
    ...toAbout(parsed.data),
    workflowRunId: workflow_run.id,
    attempt: workflow_run.run_attempt,
    conclusion: workflow_run.conclusion ?? 'unknown',
  });
};
