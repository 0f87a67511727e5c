// Views of files in one network: commands are started, timed, killed and proved gone here.
import { Fault } from '#model/fault.ts';
import type { Sandbox, SandboxCommand, SandboxExit, SandboxRequest } from '#model/sandbox.ts';
import { type CgroupLayout, killCgroup } from './cgroup-layout.ts';
import { capOutput } from './collect-output.ts';
import { demand, privilege } from './host-commands.ts';
import { type FileView, launchArgv } from './launch-argv.ts';
import { sandboxUser } from './own-etc.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { type DiskWatch, measureDisks } from './watch-disk.ts';

/** What all views of one sandbox share. */
export interface World {
  readonly name: string;
  readonly folder: string;
  readonly cgroups: CgroupLayout;
  readonly host: SandboxHost;
  readonly path: string;
  readonly toolMounts: SandboxRequest['mounts'];
}

/** One view of files in the world's network: the sandbox itself, or a sibling of it. */
export async function openView(
  world: World,
  files: Pick<SandboxRequest, 'workspace' | 'mounts'>,
  role: { readonly advance: () => void; readonly undo: () => Promise<void> },
): Promise<Sandbox> {
  const view = await prepareView(world, files);
  const written = files.mounts.filter((mount) => mount.writable).map(({ source }) => source);
  const own = [view.home, ...(view.workspace === null ? [] : [view.workspace]), ...written];
  const disks = await measureDisks(own, world.host);
  const running = new Set<Running>();
  const launching = new Set<Promise<Running>>();
  const siblings = new Set<Sandbox>();
  let isClosed = false;
  let closing: Promise<void> | null = null;
  const close = async () => {
    // Every step is tried: one that fails must not leave the rest standing.
    const ended = await Promise.allSettled([...siblings].map((one) => one.close()));
    const late = await Promise.allSettled(launching);
    const started = late.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const kills = [...running, ...started].map((one) => one.kill());
    ended.push(...(await Promise.allSettled(kills)));
    ended.push(...(await Promise.allSettled([giveBack(files.workspace, world.host)])));
    ended.push(...(await Promise.allSettled([role.undo()])));
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  };
  const launch = async (command: SandboxCommand) => {
    if (isClosed) throw new Fault('PROMISE_BROKEN', 'a closed sandbox was asked to run a command');
    const start = startCommand(world, { ...view, disks }, command);
    launching.add(start);
    const one = await start.finally(() => launching.delete(start));
    running.add(one);
    void one.exited.finally(() => running.delete(one));
    return one;
  };
  return {
    run: async (command) => (await launch(command)).exited,
    async start(command) {
      const one = await launch(command);
      return { exited: one.exited, stop: one.kill };
    },
    sibling(other) {
      const sibling = lazySibling(() =>
        openView(world, other, { ...role, undo: async () => undefined }),
      );
      siblings.add(sibling);
      return sibling;
    },
    advance: role.advance,
    close() {
      isClosed = true;
      closing ??= close();
      return closing;
    },
  };
}

/** A sibling is made when it is first used, because making it takes effects and `sibling` is plain. */
function lazySibling(open: () => Promise<Sandbox>): Sandbox {
  let opened: Promise<Sandbox> | null = null;
  const get = () => {
    opened ??= open();
    return opened;
  };
  return {
    run: async (command) => (await get()).run(command),
    start: async (command) => (await get()).start(command),
    sibling: (view) => lazySibling(async () => (await get()).sibling(view)),
    advance: () => void get().then((one) => one.advance()),
    close: async () => (await opened)?.close(),
  };
}

async function prepareView(
  { folder, host, toolMounts: tools }: World,
  { workspace, mounts }: Pick<SandboxRequest, 'workspace' | 'mounts'>,
): Promise<FileView> {
  const home = `${folder}/home-${host.randomName()}`;
  const own = `${sandboxUser.uid}:${sandboxUser.gid}`;
  const owner = [`--owner=${sandboxUser.uid}`, `--group=${sandboxUser.gid}`];
  await demand(['install', '-d', '--mode=0700', ...owner, home], host);
  if (workspace !== null) await demand(['chown', '-R', '--no-dereference', own, workspace], host);
  const writable = mounts.filter((mount) => mount.writable).map(({ source }) => source);
  if (writable.length > 0) await demand(['chown', '--no-dereference', own, ...writable], host);
  const targets = new Set(mounts.map(({ target }) => target));
  const added = tools.filter(({ target }) => !targets.has(target));
  return { etc: folder, home, workspace, mounts: [...added, ...mounts] };
}

/** Whatever the sandbox wrote is ours to read afterwards, also when we are not root. */
async function giveBack(workspace: string | null, host: SandboxHost): Promise<void> {
  if (workspace === null) return;
  const own = `${host.user.uid}:${host.user.gid}`;
  await demand(['chown', '-R', '--no-dereference', own, workspace], host);
  await demand(['chmod', '-R', 'u+rwX', workspace], host);
}

const diskNotice =
  '\n[ended: the sandbox wrote 20 GiB or 4 million files, or left less than a tenth of the disk free]\n';

interface Running {
  readonly exited: Promise<SandboxExit>;
  kill(): Promise<void>;
}

async function startCommand(
  world: World,
  view: FileView & { readonly disks: DiskWatch },
  command: SandboxCommand,
): Promise<Running> {
  const { host, cgroups, name } = world;
  const leaf = `${cgroups.parent}/c-${host.randomName()}`;
  await demand(['mkdir', leaf], host);
  const startedMs = host.gate.now();
  const output = capOutput(command.onOutput);
  const argv = launchArgv({
    netns: name,
    view,
    cgroups: [...cgroups.joined, leaf].map((one) => `${one}/cgroup.procs`),
    seccomp: `${world.folder}/filter.bpf`,
    environment: { ...baseEnvironment(world.path), ...command.environment },
    cwd: command.cwd ?? (view.workspace === null ? sandboxUser.home : '/workspace'),
    argv: command.argv,
  });
  const child = host.spawn([...privilege(host), ...argv], output.add);
  // Once: the group is gone after it, and a launcher that comes late finds nothing to join.
  let killing: Promise<void> | null = null;
  const kill = () => {
    killing ??= demand(['/bin/sh', '-c', killCgroup, 'sallyport', leaf], host);
    return killing;
  };
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void kill().catch(() => child.kill());
  }, command.timeoutMs);
  let overDisk = false;
  const unwatch = view.disks.watch(() => {
    overDisk = true;
    command.onOutput?.(diskNotice);
    void kill().catch(() => child.kill());
  });
  const exited = child.exited.then(async (exitCode): Promise<SandboxExit> => {
    clearTimeout(timer);
    unwatch();
    // Daemons that left the process group are still in the cgroup: none may outlive the command.
    await kill();
    output.end();
    const durationMs = Math.max(0, host.gate.now() - startedMs);
    return {
      exitCode: timedOut || overDisk || (exitCode ?? 137) === 137 ? null : exitCode,
      timedOut,
      ...(overDisk ? { overDisk } : {}),
      durationMs,
      outputTruncated: output.isTruncated(),
    };
  });
  return {
    exited,
    async kill() {
      await kill();
      await exited;
    },
  };
}

function baseEnvironment(path: string): Readonly<Record<string, string>> {
  return {
    PATH: path,
    HOME: sandboxUser.home,
    USER: sandboxUser.name,
    LOGNAME: sandboxUser.name,
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
  };
}
