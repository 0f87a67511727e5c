import { homedir } from 'node:os';
import { machineNetwork } from './machine-network.ts';
import { type ProcessExit, runProcess } from './process.ts';
import { temporaryFolder } from './sandbox-host.ts';

/**
 * Run the runner's own npm with the runner's own configuration. Never inside a repository, so that no
 * `.npmrc` of a change or a base decides where packages come from.
 */
export function runNpm(argv: readonly string[]): Promise<ProcessExit> {
  return runProcess(['npm', ...argv], {
    cwd: temporaryFolder(),
    environment: { HOME: homedir(), ...machineNetwork() },
  });
}
