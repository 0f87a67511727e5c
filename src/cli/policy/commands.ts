import type { Command } from 'commander';

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
}
