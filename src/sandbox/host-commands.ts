import { Fault } from '#model/fault.ts';
import type { HostExit, SandboxHost } from './sandbox-host.ts';

/** What makes a command root's: nothing for root, `sudo -n` for others. */
export function privilege(host: SandboxHost): readonly string[] {
  return host.user.uid === 0 ? [] : ['sudo', '-n'];
}

/** Run a command as root and look at how it ended. */
export function asRoot(argv: readonly string[], host: SandboxHost): Promise<HostExit> {
  return host.run([...privilege(host), ...argv]);
}

/** Run a command as root that must end well; anything else is a broken machine. */
export async function demand(argv: readonly string[], host: SandboxHost): Promise<void> {
  const { exitCode, stderr } = await asRoot(argv, host);
  if (exitCode === 0) return;
  const [program = ''] = argv;
  throw new Fault(
    'SANDBOX_UNAVAILABLE',
    `building or removing the sandbox failed: "${program}" ended with ${exitCode}: ${stderr.slice(0, 500).trim()}`,
  );
}
