import type { Command } from 'commander';
import { Exit } from '../exit-code.ts';

/** `sallyport policy …`: each verb loaded when it is called. */
export function addPolicyCommands(program: Command): void {
  const policy = program.command('policy').description('work with the policy file');
  policy
    .command('check')
    .description('say of a policy file every mistake with its line, column and key')
    .argument('<file>', 'the file; - for standard input')
    .option('--organization <file>', 'the organization policy that bounds it')
    .option('--json', 'print one JSON document')
    .action(async (file, options) => (await import('./check.ts')).policyCheck(file, options));
  policy
    .command('explain')
    .description('say what would follow from an event now, and why, without doing it')
    .option('--delivery <id>', 'a recorded delivery: its GUID or the SHA-256 of its body')
    .option('--event <file>', 'the JSON payload of an event; - for standard input')
    .option('--event-name <name>', 'which event it is', 'issues')
    .option('--facts <file>', 'what GitHub would answer, in JSON: nothing is asked then')
    .option('--policy <file>', 'with --facts: the policy file')
    .option('--organization <file>', 'with --facts: the organization policy')
    .option('--json', 'print one JSON document')
    .action(async (options) => (await import('./explain.ts')).policyExplain(options));
  policy
    .command('replay')
    .description('decide again, under a changed policy, what is recorded, and list what differs')
    .requiredOption('--policy <file>', 'the changed policy file')
    .option('--organization <file>', 'the organization policy that bounds it')
    .option('--repository <id>', 'only decisions about this repository, by its id', toId)
    .option('--json', 'print one JSON document')
    .action(async (options) => (await import('./replay.ts')).policyReplay(options));
}

function toId(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text);
  throw new Exit('usage', `expected the id of a repository, a number, got "${text.slice(0, 40)}"`);
}
