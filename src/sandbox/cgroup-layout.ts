// Pure: where the limits of one sandbox live, in cgroup v2 or in v1's controllers.

/** What /proc/mounts says about cgroups. */
export interface CgroupMounts {
  /** The v2 mount; with `unified` only, its controllers are elsewhere. */
  readonly v2: string | null;
  readonly memory: string | null;
  readonly pids: string | null;
  readonly cpu: string | null;
}

/** The folders of one sandbox. */
export interface CgroupLayout {
  /** Limits are written here: file and content, in order; optional ones may be missing. */
  readonly limits: readonly {
    readonly file: string;
    readonly content: string;
    readonly optional: boolean;
  }[];
  readonly folders: readonly string[];
  /** The folder whose children hold one command each. */
  readonly parent: string;
  /** Joined by every command, besides its own leaf. */
  readonly joined: readonly string[];
}

/** Read the mount table. */
export function readCgroupMounts(mounts: string): CgroupMounts {
  let found: CgroupMounts = { v2: null, memory: null, pids: null, cpu: null };
  for (const line of mounts.split('\n')) {
    const [, point = '', kind = '', options = ''] = line.split(' ');
    if (kind === 'cgroup2') found = { ...found, v2: found.v2 ?? point };
    if (kind !== 'cgroup') continue;
    if (options.split(',').includes('memory')) found = { ...found, memory: point };
    if (options.split(',').includes('pids')) found = { ...found, pids: point };
    if (options.split(',').includes('cpu')) found = { ...found, cpu: point };
  }
  return found;
}

/** What one sandbox may take, of how many processors. */
export interface CgroupOrder {
  readonly name: string;
  readonly memoryMib: number;
  readonly pids: number;
  readonly cores: number;
}

/** Microseconds of all processors in a tenth of a second: a twentieth is left to the gate and to teardown. */
const periodUs = 100_000;
const cpuShare = 0.95;

/** Where limits go on this machine; null when memory, processes and processors cannot be limited. */
export function planCgroups(
  mounts: CgroupMounts,
  v2Controllers: string,
  order: CgroupOrder,
): CgroupLayout | null {
  const bytes = String(order.memoryMib * 1024 * 1024);
  const pids = String(order.pids);
  const quota = String(Math.floor(order.cores * periodUs * cpuShare));
  const has = (name: string) => v2Controllers.split(/\s+/).includes(name);
  if (mounts.v2 !== null && has('memory') && has('pids')) {
    const parent = `${mounts.v2}/${order.name}`;
    return {
      limits: [
        // Systems that never limited processors have the controller, but not switched on for children.
        ...(has('cpu')
          ? []
          : [{ file: `${mounts.v2}/cgroup.subtree_control`, content: '+cpu', optional: false }]),
        { file: `${parent}/cpu.max`, content: `${quota} ${periodUs}`, optional: false },
        { file: `${parent}/memory.max`, content: bytes, optional: false },
        { file: `${parent}/pids.max`, content: pids, optional: false },
        { file: `${parent}/memory.swap.max`, content: '0', optional: true },
        // All or none: what is left of a half killed tree would be judged as if it had ended.
        { file: `${parent}/memory.oom.group`, content: '1', optional: true },
      ],
      folders: [parent],
      parent,
      joined: [],
    };
  }
  if (mounts.memory === null || mounts.pids === null || mounts.cpu === null) return null;
  const memory = `${mounts.memory}/${order.name}`;
  const process = `${mounts.pids}/${order.name}`;
  const cpu = `${mounts.cpu}/${order.name}`;
  const kill = mounts.v2 === null ? process : `${mounts.v2}/${order.name}`;
  return {
    limits: [
      { file: `${memory}/memory.limit_in_bytes`, content: bytes, optional: false },
      { file: `${memory}/memory.memsw.limit_in_bytes`, content: bytes, optional: true },
      { file: `${process}/pids.max`, content: pids, optional: false },
      { file: `${cpu}/cpu.cfs_period_us`, content: String(periodUs), optional: false },
      { file: `${cpu}/cpu.cfs_quota_us`, content: quota, optional: false },
    ],
    folders: [...new Set([memory, process, cpu, kill])],
    parent: kill,
    joined: [...new Set([memory, cpu, process])].filter((one) => one !== kill),
  };
}

/** Shell script: make the folders and write the limits, or fail. */
export const makeCgroups =
  'for f in $1; do mkdir "$f" || exit 1; done; shift; ' +
  'while [ $# -gt 0 ]; do echo "$2" > "$1" 2>/dev/null || [ "$3" = optional ] || ' +
  '{ echo "cannot write $2 to $1" >&2; exit 1; }; shift 3; done';

/**
 * Shell script: kill everything in a folder, prove it empty by removing it. `cgroup.kill` takes all at
 * once; without it, no new process may start while the old ones are killed. Killing is repeated
 * until the folder is gone, because a launcher may join between a look and the removal.
 */
export const killCgroup =
  'i=0; if [ -d "$1" ] && [ ! -w "$1/cgroup.kill" ] && [ -w "$1/pids.max" ]; then echo 0 > "$1/pids.max"; fi; ' +
  'while [ -d "$1" ]; do p="$(cat "$1/cgroup.procs" 2>/dev/null)"; ' +
  'if [ -n "$p" ]; then if [ -w "$1/cgroup.kill" ]; then echo 1 > "$1/cgroup.kill"; else kill -9 $p 2>/dev/null; fi; fi; ' +
  'rmdir "$1" 2>/dev/null && exit 0; i=$((i+1)); [ $i -lt 1000 ] || exit 1; sleep 0.01; done';
