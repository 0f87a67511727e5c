// A process that is killed cannot take its sandboxes down: the next one to open a sandbox does it.
import { type CgroupLayout, planCgroups, readCgroupMounts } from './cgroup-layout.ts';
import { demand } from './host-commands.ts';
import { removeCgroups } from './remove-cgroups.ts';
import type { SandboxHost } from './sandbox-host.ts';

/** The name of a sandbox: its network namespace and its cgroups. It says whose it is. */
export function sandboxName(ownerPid: number, random: string): string {
  return `sallyport-${ownerPid}-${random}`;
}

const pattern = /^sallyport-(\d+)-[0-9a-f]+$/;

/**
 * Kill what still runs in the sandboxes of processes that are gone, and remove their cgroups and
 * namespaces. Another process may do the same at this moment, so what is gone already is no fault.
 */
export async function clearStale(host: SandboxHost): Promise<void> {
  const { stdout } = await host.run(['ls', '/run/netns']);
  for (const name of stdout.split('\n')) {
    const owner = pattern.exec(name)?.[1];
    if (owner === undefined || (await host.readText(`/proc/${owner}/stat`)) !== null) continue;
    const layout = await readLayout(name, host);
    if (layout) await removeCgroups(layout, host).catch(() => undefined);
    await demand(['ip', 'netns', 'delete', name], host).catch(() => undefined);
  }
}

/** Where the cgroups of a sandbox are on this machine; null where there are none. */
export async function readLayout(
  name: string,
  host: SandboxHost,
  limits: { readonly memoryMib: number; readonly pids: number } = { memoryMib: 0, pids: 0 },
): Promise<CgroupLayout | null> {
  const mounts = readCgroupMounts((await host.readText('/proc/mounts')) ?? '');
  const controllers = mounts.v2 && (await host.readText(`${mounts.v2}/cgroup.subtree_control`));
  return planCgroups(mounts, controllers || '', { name, cores: host.cores, ...limits });
}
