import { readdirSync, readFileSync } from 'node:fs';
import { sandboxName } from '#sandbox/clear-stale.ts';

/**
 * Processes of this machine that are in a control group of a sandbox which `ownerPid` has opened. One
 * that has ended and waits for its parent to notice runs no more, and is not counted.
 */
export function countProcesses(ownerPid: number): number {
  const mark = `/${sandboxName(ownerPid, '')}`;
  const ids = readdirSync('/proc').filter((id) => /^\d+$/.test(id));
  return ids.filter((id) => read(id, 'cgroup').includes(mark) && isAlive(read(id, 'stat'))).length;
}

/** Source  man 5 proc_pid_stat: the state follows the name in brackets. */
function isAlive(stat: string): boolean {
  return /\) [^ZXx] [^)]*$/.test(stat);
}

/** Empty when it ended between the two. */
function read(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
