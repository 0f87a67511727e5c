import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { killMarked } from './process-group.ts';

const MARK_FILE = 'tracking-id';

/** Note in a job's folder what marks its processes, for whoever must end them after a crash. */
export function noteMark(jobFolder: string, trackingId: string): Promise<void> {
  return writeFile(path.join(jobFolder, MARK_FILE), trackingId);
}

/**
 * End the jobs of a process that was killed: their processes run on, and their folders stay. A mark
 * is random and made for one job, so nobody else's process carries it.
 */
export async function endLeftJobs(dataDir: string): Promise<void> {
  const folder = path.join(dataDir, 'jobs');
  for (const name of await readdir(folder).catch(() => [])) {
    const mark = await readFile(path.join(folder, name, MARK_FILE), 'utf8').catch(() => '');
    if (/^github_[\w-]{36}$/.test(mark)) await killMarked(mark);
  }
  await rm(folder, { recursive: true, force: true });
}
