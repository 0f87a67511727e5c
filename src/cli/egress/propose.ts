import { writeFile } from 'node:fs/promises';
import type { Egress, EgressProposal } from '#model/egress-entry.ts';
import { readEgressLog } from '#model/egress-log.ts';
import { policyPath } from '#model/names.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { describeMistake } from '#policy/policy-mistake.ts';
import { writeEgress } from '#policy/write-egress.ts';
import { proposeEgress } from '#sandbox/propose/propose-egress.ts';
import { Exit } from '../exit-code.ts';
import { openOutput } from '../output.ts';
import { readText } from '../policy/read-text.ts';
import { openPolicyPull, readRemotePolicy } from './open-pull.ts';

/** The command line of `sallyport egress propose`. */
export interface ProposeOptions {
  readonly policy?: string;
  readonly prune?: boolean;
  readonly out?: string;
  readonly repository?: string;
  readonly json?: boolean;
}

/**
 * `sallyport egress propose LOG…`: the smallest list of ways out that lets the calls of these logs
 * pass, each with its reason, as a policy's text, a file, or a pull request.
 */
export async function egressPropose(
  logs: readonly string[],
  options: ProposeOptions,
): Promise<void> {
  const output = openOutput(options.json ?? false);
  const calls = [];
  for (const log of logs) {
    const read = readEgressLog(await readText(log, 'a log of calls'));
    if (read.trouble !== null) output.say(`sallyport: ${log}: ${read.trouble}`);
    calls.push(...read.calls);
  }
  if (calls.length === 0)
    throw new Exit('usage', 'expected logs of calls, and there is none in them');
  const remote =
    options.repository === undefined ? null : await readRemotePolicy(options.repository);
  const text = remote?.text ?? (await readOwn(options.policy));
  const proposal = proposeEgress(calls, text === null ? [] : egressIn(text));
  const unused = options.prune ? proposal.unused : [];
  const written = writeEgress(text, { ...proposal, unused });
  // What is proposed must be a policy: a mistake of ours ends here and not in somebody's repository.
  if (text !== null) egressIn(written);
  const pull = remote && written !== text ? await openPolicyPull(remote, written, proposal) : null;
  if (options.out !== undefined) await writeFile(options.out, written);
  const { setup, work, skipped } = proposal;
  const isShown = options.out === undefined && remote === null;
  for (const line of describe(proposal, options.prune ?? false)) output.say(line);
  if (pull !== null) output.say(`sallyport: opened ${pull}`);
  output.answer(
    { setup, work, unused: proposal.unused, skipped, policy: written, pull },
    isShown ? [written.trimEnd()] : [],
  );
}

async function readOwn(file: string | undefined): Promise<string | null> {
  return file === undefined ? null : readText(file, 'a policy file in YAML');
}

function egressIn(text: string): Egress {
  const parsed = parsePolicy(text);
  if (parsed.ok) return parsed.value.sandbox.egress;
  const [first] = parsed.refusal.errors;
  throw new Exit(
    'mistakes',
    `${policyPath}: ${first ? describeMistake(first) : 'it is no policy'}`,
  );
}

/** For people, on standard error: what was found besides the text itself. */
function describe(proposal: EgressProposal, isPruned: boolean): readonly string[] {
  const { setup, work, unused, skipped } = proposal;
  const fate = isPruned ? 'taken out' : 'take it out with --prune';
  return [
    `sallyport: ${setup.length + work.length} entries proposed`,
    ...unused.map(({ entry }) => `sallyport: not used: ${JSON.stringify(entry)} (${fate})`),
    ...skipped.map(({ host, because }) => `sallyport: not proposed: ${host}: ${because}`),
  ];
}
