// The self-check that runs inside before the agent does.
import type { Sandbox } from '#model/sandbox.ts';
import { sandboxUser } from './own-etc.ts';

/** Shell script: print the facts that the walls are about. */
export const postureScript =
  "grep -E '^(Uid|Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status; " +
  'for p in /proc/[0-9]*; do n=$((n+1)); done; echo "Processes: $n"; ' +
  'for i in /sys/class/net/* /proc/sys/net/ipv4/conf/*; do echo "Interface: ${i##*/}"; done; ' +
  'for f in /run/docker.sock /var/run/docker.sock /root /home/runner /var/lib; do [ ! -e "$f" ] || echo "Visible: $f"; done';

/** What the self-check saw; `posture.json` in the artifact. */
export interface Posture {
  readonly schema: 'sallyport/posture/v1';
  readonly facts: Readonly<Record<string, string>>;
  readonly visible: readonly string[];
  /** Sentences about walls that do not stand; empty when the agent may start. */
  readonly problems: readonly string[];
}

/** More would mean that the host's processes are visible. */
const processesMax = 20;

const timeoutMs = 30_000;

/** What the sandbox is from inside, and whether every wall stands. */
export async function readPosture(sandbox: Sandbox): Promise<Posture> {
  let output = '';
  await sandbox.run({
    argv: ['/bin/sh', '-c', postureScript],
    environment: {},
    timeoutMs,
    onOutput: (text) => {
      output += text;
    },
  });
  return checkPosture(output, sandboxUser.uid);
}

/** Read the script's output and hold it against what must be so. */
export function checkPosture(output: string, uid: number): Posture {
  const facts: Record<string, string> = {};
  const visible: string[] = [];
  const interfaces: string[] = [];
  for (const line of output.split('\n')) {
    const [, name = '', value = ''] = /^(\w+):\s*(.*)$/.exec(line) ?? [];
    if (name === 'Visible') visible.push(value);
    else if (name === 'Interface') interfaces.push(value);
    else if (name !== '') facts[name] = value.trim().replace(/\s+/g, ' ');
  }
  const problems: string[] = [];
  const must = (holds: boolean, sentence: string) => void (holds || problems.push(sentence));
  must(facts.Uid === `${uid} ${uid} ${uid} ${uid}`, `the user is ${facts.Uid}, not ${uid}`);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    must(/^0+$/.test(facts[set] ?? ''), `the capability set ${set} is not empty`);
  must(facts.NoNewPrivs === '1', 'privileges can be gained');
  must(facts.Seccomp === '2', 'system calls are not filtered');
  must(Number(facts.Processes) <= processesMax, 'processes of the host are visible');
  const foreign = interfaces.filter((name) => !['lo', 'all', 'default', '*'].includes(name));
  must(foreign.length === 0, `there is a network interface "${foreign[0]}"`);
  must(visible.length === 0, `"${visible[0]}" of the host is visible`);
  return { schema: 'sallyport/posture/v1', facts, visible, problems };
}
