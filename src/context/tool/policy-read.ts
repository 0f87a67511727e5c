import { egressOf } from '#model/egress-entry.ts';
import { alwaysProtected } from '#model/policy.ts';
import type { Tool } from '../tool.ts';

/** What the change will be held to, so that an agent need not find out by failing. */
export const policyRead: Tool = {
  name: 'policy.read',
  description:
    'Read the rules your change will be held to: the commands that verify it, which paths are tests, which paths must not be touched, and which hosts are reachable.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  read: ({ policy, run }) => [
    {
      integrity: 'maintainer',
      source: `.github/sallyport.yml at ${run.baseSha}`,
      text: [
        'Commands that must pass, on your change and with the tests of the base branch:',
        ...policy.verify.commands.map((command) => `- ${command.name}: ${command.run}`),
        `A new or changed test must fail without your change. Tests are: ${policy.verify.tests.join(', ')}`,
        `Do not touch: ${[...policy.protect, ...alwaysProtected].join(', ')}`,
        `Reachable hosts: ${
          egressOf(policy.sandbox.egress, 'work')
            .map((rule) => (typeof rule === 'string' ? rule : rule.host))
            .join(', ') || 'none'
        }`,
        `Minutes: ${policy.agent.minutes}`,
      ].join('\n'),
    },
  ],
};
