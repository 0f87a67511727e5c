// Pure: the command line that puts one process tree behind the walls.
import type { Mount } from '#model/sandbox.ts';
import { sandboxUser, sharedEtc } from './own-etc.ts';

/** One view of files: what a sandbox or its sibling sees. */
export interface FileView {
  /** Host folder with our own /etc files. */
  readonly etc: string;
  readonly home: string;
  readonly workspace: string | null;
  readonly mounts: readonly Mount[];
}

/** What one launch needs. */
export interface Launch {
  readonly netns: string;
  readonly view: FileView;
  /** `cgroup.procs` files that the process joins before it becomes anything else. */
  readonly cgroups: readonly string[];
  readonly seccomp: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly argv: readonly string[];
}

/** Temporary files live in memory and count against its limit; this bounds one folder of them. */
const tmpfsBytes = 2_000_000_000;

/** Joins the cgroups, opens the filter as descriptor 3 (sudo closes what it inherits), becomes the rest. */
const launcher =
  'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; ulimit -c 0; ' +
  'filter="$1"; shift; exec "$@" 3<"$filter" </dev/null';

/** The whole command line, to be run as root. */
export function launchArgv(launch: Launch): readonly string[] {
  return [
    ...['/bin/sh', '-c', launcher, 'sallyport', ...launch.cgroups, '--', launch.seccomp],
    ...['nsenter', `--net=/run/netns/${launch.netns}`, '--'],
    ...['bwrap', ...namespaces, ...system, ...privateFolders],
    ...folders([...etcTargets, ...targetsOf(launch.view)]),
    ...etc(launch.view.etc),
    ...files(launch.view),
    ...environment(launch.environment),
    ...['--chdir', launch.cwd, '--seccomp', '3', '--'],
    ...['/usr/bin/setpriv', ...privileges, '--', ...launch.argv],
  ];
}

const namespaces = [
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
  ...['--hostname', 'sallyport'],
  '--die-with-parent',
  '--new-session',
];

const system = [
  ...['--ro-bind', '/usr', '/usr'],
  ...['bin', 'sbin', 'lib'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
  ...['lib32', 'lib64', 'libx32'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
  ...['--proc', '/proc', '--dev', '/dev'],
];

const privateFolders = ['/tmp', '/var/tmp', '/run', '/dev/shm'].flatMap((path) => [
  ...['--perms', path === '/run' ? '0755' : '1777'],
  ...['--size', String(tmpfsBytes), '--tmpfs', path],
]);

const privileges = [
  `--reuid=${sandboxUser.uid}`,
  `--regid=${sandboxUser.gid}`,
  '--clear-groups',
  '--inh-caps=-all',
  '--ambient-caps=-all',
  '--bounding-set=-all',
  '--no-new-privs',
];

const ownNames = ['passwd', 'group', 'hosts', 'resolv.conf', 'nsswitch.conf', 'hostname'];
const etcTargets = [...sharedEtc, ...ownNames].map((name) => `/etc/${name}`);

function targetsOf(view: FileView): readonly string[] {
  return [sandboxUser.home, ...view.mounts.map(({ target }) => target)];
}

/** Parents that bubblewrap makes by itself are root's alone; these everybody may enter. */
function folders(targets: readonly string[]): readonly string[] {
  const parents = new Set<string>();
  for (const target of targets) {
    const segments = target.split('/').slice(1, -1);
    for (let length = 1; length <= segments.length; length += 1)
      parents.add(`/${segments.slice(0, length).join('/')}`);
  }
  // /tmp and /run are there already; what lies below them, a checkout for one, is made like the rest.
  const there = /^\/(?:usr|proc|dev)(?:\/|$)|^\/(?:tmp|var\/tmp|run)$/;
  const made = [...parents].filter((path) => !there.test(path));
  return made.sort().flatMap((path) => ['--perms', '0755', '--dir', path]);
}

function etc(own: string): readonly string[] {
  return [
    ...sharedEtc.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...ownNames.flatMap((name) => ['--ro-bind', `${own}/${name}`, `/etc/${name}`]),
  ];
}

function files(view: FileView): readonly string[] {
  const byDepth = [...view.mounts].sort((a, b) => a.target.length - b.target.length);
  return [
    ...['--bind', view.home, sandboxUser.home],
    ...(view.workspace === null ? [] : ['--bind', view.workspace, '/workspace']),
    ...byDepth.flatMap(({ source, target, writable }) => [
      ...[writable ? '--bind' : '--ro-bind', source, target],
    ]),
  ];
}

/** `--setenv` and not the environment of bubblewrap: that one stays readable in its own /proc. */
function environment(wanted: Readonly<Record<string, string>>): readonly string[] {
  return [
    '--clearenv',
    ...Object.entries(wanted).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}
