import { type CgroupLayout, killCgroup } from './cgroup-layout.ts';
import { asRoot, demand } from './host-commands.ts';
import type { SandboxHost } from './sandbox-host.ts';

/** Kill everything in a sandbox's cgroups and remove them; removing one proves it empty. */
export async function removeCgroups(
  { folders, parent }: CgroupLayout,
  host: SandboxHost,
): Promise<void> {
  const leaves = await asRoot(
    ['find', parent, '-mindepth', '1', '-maxdepth', '1', '-type', 'd'],
    host,
  );
  for (const leaf of [...leaves.stdout.split('\n').filter(Boolean), ...folders])
    await demand(['/bin/sh', '-c', killCgroup, 'sallyport', leaf], host);
}
