// The sandbox's shell: builds the walls, starts commands behind them, takes everything down again.
// Network: a namespace with `lo` and any-address routes alone, the gate's listeners inside it.
import { ok, type Result, refuse } from '#model/result.ts';
import type {
  OpenSandbox,
  Sandbox,
  SandboxCommand,
  SandboxExit,
  SandboxRefusal,
  SandboxRequest,
} from '#model/sandbox.ts';
import { Fault } from '#model/fault.ts';
import { helperSource, listenersWanted } from './bind-helper.ts';
import {
  type CgroupLayout,
  killCgroup,
  makeCgroups,
  planCgroups,
  readCgroupMounts,
} from './cgroup-layout.ts';
import { capOutput } from './collect-output.ts';
import { openGate } from './egress/gate.ts';
import { toListeners } from './egress/listeners.ts';
import { type FileView, launchArgv } from './launch-argv.ts';
import { ownEtc, sandboxUser } from './own-etc.ts';
import { checkProbe, findMissingTools, toolPackages } from './probe-tools.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { seccompFilter } from './seccomp-filter.ts';
import { toolMounts } from './tool-mounts.ts';
import { findGitCredential } from './workspace-config.ts';

/** Sandboxes on this host, behind namespaces and the egress gate. */
export function sandboxesOn(host: SandboxHost): OpenSandbox {
  return async (request) => {
    const unsafe = await checkWorkspace(request.workspace, host);
    if (unsafe) return refuse(unsafe);
    const name = `sallyport-${host.randomName()}`;
    const walls = await planWalls(name, request, host);
    if (!walls.ok) return walls;
    return ok(await build(name, request, walls.value, host));
  };
}

interface Walls {
  readonly cgroups: CgroupLayout;
  readonly filter: Uint8Array;
}

async function checkWorkspace(
  workspace: string | null,
  host: SandboxHost,
): Promise<SandboxRefusal | null> {
  if (workspace === null) return null;
  const config = await host.readText(`${workspace}/.git/config`);
  const sentence = config === null ? null : findGitCredential(config);
  return sentence === null ? null : { reason: 'workspace_unsafe', sentence };
}

/** Probe first: nothing is made on the machine before every wall is known to be possible. */
async function planWalls(
  name: string,
  request: SandboxRequest,
  host: SandboxHost,
): Promise<Result<Walls, SandboxRefusal>> {
  const tools = Object.keys(toolPackages);
  const missing = await host.run(['/bin/sh', '-c', findMissingTools, 'sallyport', ...tools]);
  const root = await asRoot(['true'], host);
  const filter = seccompFilter(host.architecture);
  const mounts = readCgroupMounts((await host.readText('/proc/mounts')) ?? '');
  const controllers = mounts.v2 && (await host.readText(`${mounts.v2}/cgroup.subtree_control`));
  const cgroups = planCgroups(mounts, controllers || '', { name, ...request });
  const refusal = checkProbe({
    missingTools: missing.stdout.split('\n').filter(Boolean),
    canBeRoot: root.exitCode === 0,
    hasCgroups: cgroups !== null,
    hasFilter: filter !== null,
    platform: host.architecture,
  });
  if (refusal) return refuse(refusal);
  if (!cgroups || !filter) throw new Fault('PROMISE_BROKEN', 'the probe let a missing wall pass');
  return ok({ cgroups, filter });
}

async function build(
  name: string,
  request: SandboxRequest,
  walls: Walls,
  host: SandboxHost,
): Promise<Sandbox> {
  const folder = await host.makePrivateFolder();
  const teardown: (() => Promise<void>)[] = [() => demand(['rm', '-rf', '--', folder], host)];
  const undo = async () => {
    for (const step of teardown.splice(0).reverse()) await step();
  };
  try {
    await host.writeFile(`${folder}/filter.bpf`, walls.filter);
    for (const [file, content] of Object.entries(ownEtc))
      await host.writeFile(`${folder}/${file}`, content);
    const { cgroups } = walls;
    teardown.push(() => removeCgroups(cgroups, host));
    await demand(['/bin/sh', '-c', makeCgroups, 'sallyport', ...cgroupArguments(cgroups)], host);
    teardown.push(() => demand(['ip', 'netns', 'delete', name], host));
    await demand(['/bin/sh', '-c', makeNetwork, 'sallyport', name], host);
    const gate = openGate(
      { policy: request.egress, phase: request.phase, onEgress: request.onEgress },
      toListeners(await bindListeners(name, host)),
      host.gate,
    );
    teardown.push(async () => gate.close());
    const tools = toolMounts(host.pathEntries, host.homeFolders);
    const world: World = { name, folder, walls, host, path: tools.path, toolMounts: tools.mounts };
    return await openView(world, request, { isRoot: true, undo });
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Only loopback, and every address of the world arrives at it: what has no listener is refused. */
const makeNetwork =
  'ip netns add "$1" && ip -n "$1" link set lo up && ip -n "$1" route add local default dev lo && ' +
  '{ ip -n "$1" -6 route add local default dev lo 2>/dev/null || true; }';

function bindListeners(name: string, host: SandboxHost) {
  const argv = [
    ...['nsenter', `--net=/run/netns/${name}`, '--', 'env', 'NODE_CHANNEL_FD=0'],
    ...[host.nodePath, '-e', helperSource, JSON.stringify(listenersWanted)],
  ];
  return host.receiveSockets([...privilege(host), ...argv], listenersWanted.length);
}

interface World {
  readonly name: string;
  readonly folder: string;
  readonly walls: Walls;
  readonly host: SandboxHost;
  readonly path: string;
  readonly toolMounts: SandboxRequest['mounts'];
}

/** One view of files in the world's network: the sandbox itself, or a sibling of it. */
async function openView(
  world: World,
  files: Pick<SandboxRequest, 'workspace' | 'mounts'>,
  role: { readonly isRoot: boolean; readonly undo: () => Promise<void> },
): Promise<Sandbox> {
  const view = await prepareView(world, files);
  const running = new Set<Running>();
  const siblings = new Set<Sandbox>();
  let closing: Promise<void> | null = null;
  const close = async () => {
    await Promise.all([...siblings].map((one) => one.close()));
    await Promise.all([...running].map((one) => one.kill()));
    await giveBack(files.workspace, world.host);
    await role.undo();
  };
  const launch = async (command: SandboxCommand) => {
    if (closing) throw new Fault('PROMISE_BROKEN', 'a closed sandbox was asked to run a command');
    const one = await startCommand(world, view, command);
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
        openView(world, other, { isRoot: false, undo: async () => undefined }),
      );
      siblings.add(sibling);
      return sibling;
    },
    close() {
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
    close: async () => (await opened)?.close(),
  };
}

async function prepareView(
  { folder, host, toolMounts: tools }: World,
  { workspace, mounts }: Pick<SandboxRequest, 'workspace' | 'mounts'>,
): Promise<FileView> {
  const home = `${folder}/home-${host.randomName()}`;
  await demand(['mkdir', '-m', '0700', home], host);
  const own = `${sandboxUser.uid}:${sandboxUser.gid}`;
  await demand(['chown', '-R', '--no-dereference', own, home, ...(workspace ? [workspace] : [])], host);
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

interface Running {
  readonly exited: Promise<SandboxExit>;
  kill(): Promise<void>;
}

async function startCommand(
  world: World,
  view: FileView,
  command: SandboxCommand,
): Promise<Running> {
  const { host, walls, name } = world;
  const leaf = `${walls.cgroups.parent}/c-${host.randomName()}`;
  await demand(['mkdir', leaf], host);
  const startedMs = host.gate.now();
  const output = capOutput(command.onOutput);
  const argv = launchArgv({
    netns: name,
    view,
    cgroups: [...walls.cgroups.joined, leaf].map((one) => `${one}/cgroup.procs`),
    seccomp: `${world.folder}/filter.bpf`,
    environment: { ...baseEnvironment(world.path), ...command.environment },
    cwd: command.cwd ?? (view.workspace === null ? sandboxUser.home : '/workspace'),
    argv: command.argv,
  });
  const child = host.spawn([...privilege(host), ...argv], output.add);
  const kill = () => demand(['/bin/sh', '-c', killCgroup, 'sallyport', leaf], host);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void kill().catch(() => child.kill());
  }, command.timeoutMs);
  const exited = child.exited.then(async (exitCode): Promise<SandboxExit> => {
    clearTimeout(timer);
    // Daemons that left the process group are still in the cgroup: none may outlive the command.
    await kill();
    output.end();
    const durationMs = Math.max(0, host.gate.now() - startedMs);
    return {
      exitCode: timedOut || (exitCode ?? 137) === 137 ? null : exitCode,
      timedOut,
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

function cgroupArguments({ folders, limits }: CgroupLayout): readonly string[] {
  return [
    folders.join(' '),
    ...limits.flatMap(({ file, content, optional }) => [
      file,
      content,
      optional ? 'optional' : 'needed',
    ]),
  ];
}

async function removeCgroups({ folders, parent }: CgroupLayout, host: SandboxHost): Promise<void> {
  const leaves = await asRoot(
    ['find', parent, '-mindepth', '1', '-maxdepth', '1', '-type', 'd'],
    host,
  );
  for (const leaf of leaves.stdout.split('\n').filter(Boolean))
    await demand(['/bin/sh', '-c', killCgroup, 'sallyport', leaf], host);
  for (const folder of folders)
    await demand(['/bin/sh', '-c', killCgroup, 'sallyport', folder], host);
}

function privilege(host: SandboxHost): readonly string[] {
  return host.user.uid === 0 ? [] : ['sudo', '-n'];
}

function asRoot(argv: readonly string[], host: SandboxHost) {
  return host.run([...privilege(host), ...argv]);
}

async function demand(argv: readonly string[], host: SandboxHost): Promise<void> {
  const { exitCode, stderr } = await asRoot(argv, host);
  if (exitCode === 0) return;
  const [program = ''] = argv;
  throw new Fault(
    'SANDBOX_UNAVAILABLE',
    `building or removing the sandbox failed: "${program}" ended with ${exitCode}: ${stderr.slice(0, 500).trim()}`,
  );
}
