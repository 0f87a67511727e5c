import { z } from 'zod';
import { triggerSchema } from './trigger.ts';

/** A role of a collaborator, weakest first (GitHub: repository roles). */
export const roles = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof roles)[number];

/** True when `role` is at least `wanted`. */
export function hasRole(role: Role | 'none', wanted: Role): boolean {
  return role !== 'none' && roles.indexOf(role) >= roles.indexOf(wanted);
}

const host = z
  .string()
  .regex(
    /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    'a lower-case host name without port, path or wildcard',
  );

/** Egress bundles by name: `npm` is the registry that the runner's own npm is set to. */
export const egressBundles = ['npm'] as const;

const egressRule = z.union([z.enum(egressBundles), z.strictObject({ host })]);
const command = z.string().trim().min(1).max(2000);
const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits, hyphens');
const relativePath = z
  .string()
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0\\]{1,200}$/, 'a path inside the repository');
const glob = z.string().min(1).max(200);

const agent = z.strictObject({
  use: z.enum(['command', 'claude-code']),
  /** The command line of the `command` adapter, run by `sh -c` in the workspace. */
  run: command.optional(),
  model: z.string().min(1).max(100).optional(),
  minutes: z.number().positive().max(350).default(45),
});

const tool = z.union([
  z.literal('allow'),
  z.strictObject({ allow: z.literal(true), calls: z.number().int().min(1).max(1000) }),
]);

const screen = z.strictObject({
  name: name.default('page'),
  serve: command,
  /** Path and query on the served origin. */
  url: z
    .string()
    .regex(/^\/[^\s]*$/, 'a path that starts with /')
    .default('/'),
  /** The port that `serve` listens on, given to it as PORT. */
  port: z.number().int().min(1024).max(65535).default(3000),
  viewports: z
    .array(z.enum(['desktop', 'phone']))
    .min(1)
    .default(['desktop']),
});

const verifyCommand = z.strictObject({
  name,
  run: command,
  /** Where the command leaves its JUnit XML; without it only the exit code is known. */
  report: relativePath.optional(),
  minutes: z.number().positive().max(120).default(15),
});

/** The schema of `.github/sallyport.yml`, version 1. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  agent,
  triggers: z
    .array(triggerSchema)
    .min(1)
    .max(20)
    .default([{ label: 'sallyport', role: 'write' }]),
  sandbox: z
    .strictObject({
      setup: command.optional(),
      egress: z.array(egressRule).max(100).default([]),
      memory_mib: z.number().int().min(256).max(65536).default(6144),
      pids: z.number().int().min(64).max(32768).default(2048),
    })
    .prefault({}),
  context: z
    .strictObject({
      tools: z.record(z.string(), tool).default({ 'issue.read': 'allow', 'policy.read': 'allow' }),
    })
    .prefault({}),
  verify: z.strictObject({
    commands: z.array(verifyCommand).min(1).max(10),
    screens: z.array(screen).max(10).default([]),
    /** Which paths are tests; the rest is code. */
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
      ]),
  }),
  protect: z.array(glob).max(200).default([]),
  review: z
    .strictObject({
      profile: z.enum(['team', 'solo']).default('team'),
      approvals: z.number().int().min(1).max(6).default(1),
    })
    .prefault({}),
  chain: z
    .strictObject({
      depth: z.number().int().min(1).max(20).default(3),
      nodes: z.number().int().min(1).max(100).default(10),
      parallel: z.number().int().min(1).max(10).default(1),
    })
    .prefault({}),
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
