import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** More than a build runs at once; whoever looks must not stand still for long. */
const processesMax = 200;
const descriptorsMax = 256;
const tables = { tcp: ['tcp', 'tcp6'], udp: ['udp', 'udp6'] } as const;

/**
 * Which process of a control group has a socket with this local port in its own network: its program
 * and its command line. Null when nobody may look (who is not root), or it is gone.
 *
 * Source  man 5 proc: /proc/PID/net/tcp (local address, inode in the 10th column), /proc/PID/fd
 */
export function findProcess(cgroup: string, protocol: 'tcp' | 'udp', port: number): string | null {
  if (process.getuid?.() !== 0) return null;
  const pids = list(cgroup).flatMap((leaf) => read(`${cgroup}/${leaf}/cgroup.procs`).split('\n'));
  const known = pids.filter((pid) => /^\d+$/.test(pid)).slice(0, processesMax);
  const [first] = known;
  if (first === undefined) return null;
  const inodes = tables[protocol].flatMap((name) =>
    inodesOf(read(`/proc/${first}/net/${name}`), port),
  );
  if (inodes.length === 0) return null;
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  const owner = known.find((pid) =>
    list(`/proc/${pid}/fd`)
      .slice(0, descriptorsMax)
      .some((fd) => sockets.has(link(`/proc/${pid}/fd/${fd}`))),
  );
  return owner === undefined ? null : describe(owner);
}

function inodesOf(table: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const inode = columns[9];
    return columns[1]?.endsWith(`:${hex}`) && inode && inode !== '0' ? [inode] : [];
  });
}

/** The program is what the kernel knows; the command line is what the process says of itself. */
function describe(pid: string): string {
  const program = link(`/proc/${pid}/exe`);
  const said = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return `${program}: ${said}`;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
