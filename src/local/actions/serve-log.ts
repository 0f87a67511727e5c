import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { zipSync } from 'fflate';
import type { UrlSigner } from '#local/artifacts/signed-url.ts';
import type { JobRecord } from './run-record.ts';
import type { Runs } from './runs.ts';

/** Signed URLs of logs lie below this path: a job's, and those of one attempt of a run. */
export const LOGS_PATH = '/_logs/';
export const LOG_PATH = `${LOGS_PATH}job/`;
export const RUN_LOG_PATH = `${LOGS_PATH}run/`;

/** What serving logs works on. */
export interface LogDeps {
  readonly signer: UrlSigner;
  readonly runs: Runs;
}

/** Serve a job's log as text, or all logs of an attempt as an archive, to a signed URL. */
export async function serveLog(
  request: IncomingMessage,
  response: ServerResponse,
  deps: LogDeps,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://local');
  if (!deps.signer.verify(url, request.method ?? 'GET'))
    return refuse(response, 403, 'the URL is not signed or has expired');
  if (url.pathname.startsWith(RUN_LOG_PATH)) return serveRun(response, url.pathname, deps);
  const job = deps.runs.findJobAnywhere(Number(url.pathname.slice(LOG_PATH.length)));
  const found = job === undefined ? undefined : await stat(job.logFile).catch(() => undefined);
  if (job === undefined || found === undefined) return refuse(response, 404, 'no such log');
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  await pipeline(createReadStream(job.logFile), response);
}

async function serveRun(response: ServerResponse, pathname: string, deps: LogDeps): Promise<void> {
  const [id, attempt] = pathname.slice(RUN_LOG_PATH.length).split('/').map(Number);
  const run = deps.runs.findAnywhere(id ?? 0);
  if (run === undefined) return refuse(response, 404, 'no such run');
  const jobs = run.jobs.filter((job) => job.attempt === attempt);
  const entries = (await Promise.all(jobs.map(readEntries))).flat();
  const bytes = zipSync(Object.fromEntries(entries));
  response.writeHead(200, {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="logs_${run.id}.zip"`,
  });
  response.end(bytes);
}

// As GitHub packs them: one file a job, and a folder with one file for each of its steps.
async function readEntries(job: JobRecord, index: number): Promise<[string, Uint8Array][]> {
  const log = await readFile(job.logFile).catch(() => Buffer.alloc(0));
  const folder = fileName(job.name);
  const steps = job.steps.map((step): [string, Uint8Array] => [
    `${folder}/${step.number}_${fileName(step.name)}.txt`,
    new Uint8Array(log.subarray(step.logFrom, step.logTo ?? log.length)),
  ]);
  return [[`${index}_${folder}.txt`, new Uint8Array(log)], ...steps];
}

function fileName(name: string): string {
  return name.replaceAll(/[<>:"/\\|?*]/g, '').slice(0, 90);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(message);
}
