// Pure: what is missing for a sandbox, in one sentence.
import type { SandboxRefusal } from '#model/sandbox.ts';

/** What the probe saw. */
export interface ProbeFacts {
  readonly missingTools: readonly string[];
  readonly canBeRoot: boolean;
  readonly hasCgroups: boolean;
  readonly hasFilter: boolean;
  readonly platform: string;
}

/** Commands by the Debian and Ubuntu package that brings them. */
export const toolPackages = {
  bwrap: 'bubblewrap',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  ip: 'iproute2',
} as const;

/** Shell script: print the tools of its arguments that are not there. */
export const findMissingTools =
  'PATH="$PATH:/usr/sbin:/sbin"; for t; do command -v "$t" >/dev/null || echo "$t"; done';

/** The first wall that cannot be built, or null. */
export function checkProbe(facts: ProbeFacts): SandboxRefusal | null {
  if (facts.missingTools.length > 0) {
    const packages = new Map<string, string>(Object.entries(toolPackages));
    const wanted = [...new Set(facts.missingTools.map((tool) => packages.get(tool) ?? tool))];
    return {
      reason: 'tool_missing',
      sentence: `The sandbox needs ${facts.missingTools.join(', ')}: run "sudo apt-get install ${wanted.join(' ')}" before this step.`,
    };
  }
  if (!facts.canBeRoot) {
    return wall(
      'The sandbox needs root to make its namespaces: run this job as root, or allow its user "sudo" without a password as GitHub’s runners do.',
    );
  }
  if (!facts.hasFilter)
    return wall(
      `The sandbox has no system-call filter for "${facts.platform}": use an x64 or arm64 runner.`,
    );
  if (!facts.hasCgroups) {
    return wall(
      'The sandbox cannot limit memory, processes and processors: the cgroup controllers memory, pids and cpu must be mounted and writable for root.',
    );
  }
  return null;
}

function wall(sentence: string): SandboxRefusal {
  return { reason: 'wall_missing', sentence };
}
