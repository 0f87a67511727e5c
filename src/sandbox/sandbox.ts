// The sandbox's shell: builds the walls, starts commands behind them, takes everything down again.
// Network: a namespace with `lo` and any-address routes alone, the gate's listeners inside it.

import { Fault } from '#model/fault.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { OpenSandbox, Sandbox, SandboxRefusal, SandboxRequest } from '#model/sandbox.ts';
import { helperSource, listenersWanted } from './bind-helper.ts';
import { type CgroupLayout, makeCgroups } from './cgroup-layout.ts';
import { clearStale, readLayout, sandboxName } from './clear-stale.ts';
import { type Authority, createAuthority } from './egress/authority.ts';
import { openGate } from './egress/gate.ts';
import { toListeners } from './egress/listeners.ts';
import { asRoot, demand, privilege } from './host-commands.ts';
import { openView, type World } from './open-view.ts';
import { ownEtc } from './own-etc.ts';
import { checkProbe, findMissingTools, toolPackages } from './probe-tools.ts';
import { removeCgroups } from './remove-cgroups.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { seccompFilter } from './seccomp-filter.ts';
import { toolMounts } from './tool-mounts.ts';
import { findGitCredential } from './workspace-config.ts';

/** Sandboxes on this host, behind namespaces and the egress gate. */
export function sandboxesOn(host: SandboxHost): OpenSandbox {
  let cleared: Promise<void> | null = null;
  return async (request) => {
    const unsafe = await checkWorkspace(request.workspace, host);
    if (unsafe) return refuse(unsafe);
    cleared ??= clearStale(host);
    await cleared;
    const name = sandboxName(host.pid, host.randomName());
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
  const [missing, root, cgroups] = await Promise.all([
    host.run(['/bin/sh', '-c', findMissingTools, 'sallyport', ...tools]),
    asRoot(['true'], host),
    readLayout(name, host, request),
  ]);
  const filter = seccompFilter(host.architecture);
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
    const failures: unknown[] = [];
    for (const step of teardown.splice(0).reverse())
      await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  const raised = raise({ name, folder, teardown, undo }, request, walls, host);
  // A job that is cancelled has seconds to take down what would outlive it. What is being made is
  // awaited first: a namespace that is deleted a moment before it is there would stay.
  const forget = host.onStop(async () => {
    await raised.catch(() => undefined);
    await undo();
  });
  teardown.splice(1, 0, async () => forget());
  try {
    return await raised;
  } catch (error) {
    await undo();
    throw error;
  }
}

interface Site {
  readonly name: string;
  readonly folder: string;
  /** What takes down each part, added before the part is made. */
  readonly teardown: (() => Promise<void>)[];
  readonly undo: () => Promise<void>;
}

async function raise(
  { name, folder, teardown, undo }: Site,
  request: SandboxRequest,
  { cgroups, filter }: Walls,
  host: SandboxHost,
): Promise<Sandbox> {
  await host.writeFile(`${folder}/filter.bpf`, filter);
  teardown.push(() => removeCgroups(cgroups, host));
  teardown.push(() => demand(['ip', 'netns', 'delete', name], host));
  // The helper's start is most of the wait: the rest is made meanwhile.
  const parts = [
    listenInside(name, host),
    writeFiles(folder, request, host),
    demand(['/bin/sh', '-c', makeCgroups, 'sallyport', ...cgroupArguments(cgroups)], host),
  ] as const;
  // All have ended before anything is taken down again.
  await Promise.allSettled(parts);
  const [sockets, { authority, trust }] = await Promise.all(parts);
  const gate = openGate(
    {
      first: request,
      authority,
      onEgress: request.onEgress,
      whoAsks: (protocol, port) => host.findProcess(cgroups.parent, protocol, port),
    },
    toListeners(sockets),
    host.gate,
  );
  teardown.push(async () => gate.close());
  const tools = toolMounts(host.pathEntries, host.homeFolders);
  const world: World = {
    name,
    folder,
    cgroups,
    host,
    path: tools.path,
    toolMounts: [...tools.mounts, ...trust],
  };
  const { next } = request;
  const advance = () => void (next && gate.turn(next));
  return await openView(world, request, { advance, undo });
}

async function listenInside(name: string, host: SandboxHost) {
  await demand(['/bin/sh', '-c', makeNetwork, 'sallyport', name], host);
  return bindListeners(name, host);
}

async function writeFiles(folder: string, request: SandboxRequest, host: SandboxHost) {
  for (const [file, content] of Object.entries(ownEtc))
    await host.writeFile(`${folder}/${file}`, content);
  const authority = readsCalls(request) ? createAuthority(host.gate.now()) : null;
  return { authority, trust: authority ? await writeTrust(authority, folder, host) : [] };
}

function readsCalls({ egress, next }: SandboxRequest): boolean {
  const hosts = [...egress.hosts, ...(next?.egress.hosts ?? [])];
  return egress.observes === true || hosts.some(({ rules }) => rules !== undefined);
}

/** Where Debian and Ubuntu keep the roots that curl, git and Python trust. */
const trustStore = '/etc/ssl/certs/ca-certificates.crt';

/** The machine's roots and the sandbox's own authority, laid over the machine's inside. */
async function writeTrust(
  authority: Authority,
  folder: string,
  host: SandboxHost,
): Promise<SandboxRequest['mounts']> {
  const roots = await host.readText(trustStore);
  if (roots === null)
    throw new Fault(
      'SANDBOX_UNAVAILABLE',
      `the policy has calls read by method or path, so ${trustStore} must be there: install the package ca-certificates`,
    );
  const source = `${folder}/trust.pem`;
  await host.writeFile(source, `${roots}\n${authority.certificate}`);
  return [{ source, target: trustStore }];
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
