import { z } from 'zod';
import { egressSchema } from './egress-entry.ts';
import { triggerSchema } from './trigger.ts';

/** A role of a collaborator, weakest first (GitHub: repository roles). */
export const roles = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof roles)[number];

/** True when `role` is at least `wanted`. */
export function hasRole(role: Role | 'none', wanted: Role): boolean {
  return role !== 'none' && roles.indexOf(role) >= roles.indexOf(wanted);
}

const command = z.string().trim().min(1).max(2000);
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits, hyphens');
const relativePath = z
  .string()
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0\\]{1,200}$/, 'a path inside the repository');
const glob = z.string().min(1).max(200);

const dollars = z.number().nonnegative().max(100_000);
const price = z.strictObject({
  input: dollars.describe('For tokens of prompts.'),
  output: dollars.describe('For tokens of answers.'),
  cache_read: dollars.optional().describe('For tokens read from the cache; as `input` without it.'),
  cache_write: dollars
    .optional()
    .describe('For tokens written to the cache; as `input` without it.'),
});

const agent = z
  .strictObject({
    use: z
      .enum(['command', 'claude-code', 'codex', 'gemini', 'opencode'])
      .describe(
        'Which adapter starts the agent: `claude-code`, `codex`, `gemini`, `opencode`, or `command` for any program.',
      ),
    run: command
      .optional()
      .describe('The command line of the `command` adapter, run by `sh -c` in the workspace.'),
    model: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('The model that the agent is told to use; its own default without it.'),
    minutes: z
      .number()
      .positive()
      .max(350)
      .default(45)
      .describe('How long the agent may work before it is ended.'),
    budget_usd: z
      .number()
      .positive()
      .max(100_000)
      .optional()
      .describe(
        'US dollars that one run may spend on its model, by `prices`; no limit without it.',
      ),
    budget_tokens: z
      .number()
      .int()
      .positive()
      .max(10_000_000_000)
      .optional()
      .describe(
        'Tokens that one run may use, prompts, caches and answers together; no limit without it.',
      ),
    prices: z
      .record(z.string().min(1).max(100), price)
      .optional()
      .describe(
        'US dollars for a million tokens, by the name of the model; `*` is any other model.',
      ),
  })
  .describe('Which agent works here, and for how long.');

const tool = z.union([
  z.literal('allow'),
  z.strictObject({
    allow: z.literal(true).describe('The tool may be called.'),
    calls: z.number().int().min(1).max(1000).describe('How often it may be called in one run.'),
  }),
]);

const screen = z.strictObject({
  name: name.default('page').describe('What the pictures are called.'),
  serve: command.describe(
    'The command line that serves the page, ended when the picture is taken.',
  ),
  url: z
    .string()
    .regex(/^\/[^\s]*$/, 'a path that starts with /')
    .default('/')
    .describe('Path and query of the page on the served origin.'),
  port: z
    .number()
    .int()
    .min(1024)
    .max(65535)
    .default(3000)
    .describe('The port that `serve` listens on, given to it as PORT.'),
  viewports: z
    .array(z.enum(['desktop', 'phone']))
    .min(1)
    .default(['desktop'])
    .describe('The sizes in which pictures are taken.'),
});

const verifyCommand = z.strictObject({
  name: name.describe('What the command is called in the evidence.'),
  run: command.describe('The command line, run by `sh -c` on a clean checkout.'),
  report: relativePath
    .optional()
    .describe('Where the command leaves its JUnit XML; without it only the exit code is known.'),
  minutes: z
    .number()
    .positive()
    .max(120)
    .default(15)
    .describe('How long the command may take in one cell.'),
});

/** The schema of `.github/sallyport.yml`, version 1. Every key says what it means (docs/policy.md). */
export const policySchema = z.strictObject({
  version: z.literal(1).describe('The version of this format.'),
  agent,
  triggers: z
    .array(triggerSchema)
    .min(1)
    .max(20)
    .default([{ label: 'sallyport', role: 'write' }])
    .describe('What starts work, each with the role that whoever does it needs.'),
  sandbox: z
    .strictObject({
      setup: command
        .optional()
        .describe(
          'A command line that prepares the workspace, with ways out of its own where `egress` has them.',
        ),
      egress: egressSchema
        .default([])
        .describe(
          'The only ways out: a bundle such as `npm`, or a host reached by TLS. One list, or one for `setup` and one for `work`.',
        ),
      memory_mib: z
        .number()
        .int()
        .min(256)
        .max(65536)
        .default(6144)
        .describe('Memory of the sandbox, in MiB.'),
      pids: z
        .number()
        .int()
        .min(64)
        .max(32768)
        .default(2048)
        .describe('Processes that may exist at once in the sandbox.'),
    })
    .prefault({})
    .describe('The sandbox that the agent and the verify commands run in.'),
  context: z
    .strictObject({
      tools: z
        .record(z.string(), tool)
        .default({ 'issue.read': 'allow', 'policy.read': 'allow' })
        .describe('The context tools the agent may call, by name; `calls` limits one of them.'),
    })
    .prefault({})
    .describe('What the agent may ask Sallyport while it works.'),
  verify: z
    .strictObject({
      commands: z
        .array(verifyCommand)
        .min(1)
        .max(10)
        .describe('The commands that must pass; run on the base and on the change.'),
      screens: z
        .array(screen)
        .max(10)
        .default([])
        .describe('Pages to take pictures of, before and after.'),
      tests: z
        .array(glob)
        .min(1)
        .default([
          'test/**',
          'tests/**',
          '**/__tests__/**',
          '**/*.test.*',
          '**/*.spec.*',
          '**/*_test.*',
          '**/test_*.py',
        ])
        .describe('Which paths are tests; the rest is code.'),
    })
    .describe('How a change is proven.'),
  protect: z
    .array(glob)
    .max(200)
    .default([])
    .describe('Paths that no change may touch, besides those that never may.'),
  review: z
    .strictObject({
      profile: z
        .enum(['team', 'solo'])
        .default('team')
        .describe('`team`: whoever asked for the work does not count as a reviewer; `solo`: does.'),
      approvals: z
        .number()
        .int()
        .min(1)
        .max(6)
        .default(1)
        .describe('Approvals of exactly this commit that the gate waits for.'),
      opened_by: z
        .enum(['app', 'requester'])
        .default('app')
        .describe(
          'Who opens the pull request: `app`, or the `requester`, where they let the App do that.',
        ),
    })
    .prefault({})
    .describe('What the gate asks of people.'),
  chain: z
    .strictObject({
      depth: z
        .number()
        .int()
        .min(1)
        .max(20)
        .default(3)
        .describe('Released merges in a row before a person must start a new chain.'),
      nodes: z.number().int().min(1).max(100).default(10).describe('Runs in one chain.'),
      parallel: z
        .number()
        .int()
        .min(1)
        .max(10)
        .default(1)
        .describe('Runs of one chain that are under way at once.'),
    })
    .prefault({})
    .describe('How far one merge may release the next issue.'),
  limits: z
    .strictObject({
      parallel: z
        .number()
        .int()
        .min(1)
        .max(50)
        .default(4)
        .describe('Runs of this repository that are at work at once; more wait for their turn.'),
      parallel_per_person: z
        .number()
        .int()
        .min(1)
        .max(50)
        .default(2)
        .describe('Runs at work at once that one person asked for.'),
      runs_per_day: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(50)
        .describe('Runs that start within 24 hours; more wait.'),
      agent_minutes_per_day: z
        .number()
        .int()
        .min(1)
        .max(100000)
        .default(1500)
        .describe('Agent minutes within 24 hours, each run counted with the minutes it may take.'),
      attempts: z
        .number()
        .int()
        .min(1)
        .max(10)
        .default(3)
        .describe('Runs that one pull request may have, the first one counted.'),
    })
    .prefault({})
    .describe('How much may be at work; what is over a limit waits its turn.'),
});

export type Policy = z.infer<typeof policySchema>;

/** Paths no change may touch, whatever a policy says: they would change the rules themselves. */
export const alwaysProtected = [
  '.github/**',
  'CODEOWNERS',
  'docs/CODEOWNERS',
  '.gitmodules',
  '.gitattributes',
  '**/.gitattributes',
] as const;
