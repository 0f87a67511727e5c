import { z } from 'zod';
import { bundleNames } from './egress-bundle.ts';

const hostForm =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const host = z.string().regex(hostForm, 'a lower-case host name without port, path or wildcard');

/** True for a text that an egress entry may name as its host. */
export function isPolicyHost(text: string): boolean {
  return hostForm.test(text);
}

/** The methods that an egress entry may name. */
export const egressMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,60}$/, 'the name of a header');

/** What Sallyport and GitHub themselves keep in variables is never sent anywhere. */
const variableForm = /^(?!ACTIONS_|GITHUB_|RUNNER_|INPUT_|SALLYPORT_)[A-Z][A-Z0-9_]{0,99}$/;
const variableName = z
  .string()
  .regex(
    variableForm,
    'the name of a variable, in capitals, that is not one of GitHub’s or Sallyport’s own',
  );

const egressHost = z
  .strictObject({
    host: host.describe('A host name, reached by TLS.'),
    ports: z
      .array(z.number().int().min(1).max(65535))
      .min(1)
      .max(20)
      .optional()
      .describe('The ports it is reached on; 443 without.'),
    methods: z
      .array(z.enum(egressMethods))
      .min(1)
      .optional()
      .describe('The methods that pass; all without.'),
    paths: z
      .array(z.string().regex(/^\/[!-~]{0,299}$/, 'a path that starts with /'))
      .min(1)
      .max(100)
      .optional()
      .describe('The paths that pass: `*` within a segment, `**` anything; all without.'),
    inject: z
      .strictObject({
        header: headerName.describe('The header that is set.'),
        from_env: variableName.describe('The variable outside the sandbox that holds its value.'),
        strip: z
          .array(headerName)
          .max(20)
          .optional()
          .describe('Headers and query parameters of the sandbox that are dropped besides.'),
      })
      .optional()
      .describe('A credential that is set on the way out and never seen inside.'),
    mode: z
      .enum(['tunnel', 'intercept'])
      .optional()
      .describe(
        '`tunnel`: bytes pass once the name is proven; `intercept`: each request is read. Methods, paths or a credential need the second.',
      ),
  })
  .refine(
    ({ mode, methods, paths, inject }) => mode !== 'tunnel' || !(methods || paths || inject),
    'expected mode intercept, or no methods, paths and inject: inside a tunnel nothing is read',
  );

const egressRule = z.union([z.enum(bundleNames), egressHost]);
export type EgressEntry = z.infer<typeof egressRule>;

const list = z.array(egressRule).max(100);

/** `sandbox.egress`: one list for both phases, or one for each. */
export const egressSchema = z.union([
  list,
  z.strictObject({
    setup: list
      .default([])
      .describe(
        'The ways out while `sandbox.setup` runs: what installs packages is not the agent.',
      ),
    work: list.default([]).describe('The ways out while the agent and the verify commands run.'),
  }),
]);
export type Egress = z.infer<typeof egressSchema>;

/** Which list holds: while the workspace is set up, or while work is done in it. */
export type EgressPhase = 'setup' | 'work';

/** The list of a phase. */
export function egressOf(egress: Egress, phase: EgressPhase): readonly EgressEntry[] {
  return Array.isArray(egress) ? egress : egress[phase];
}

/** True when the runner's own npm registry is needed in any phase. */
export function usesNpm(egress: Egress): boolean {
  return [...egressOf(egress, 'setup'), ...egressOf(egress, 'work')].includes('npm');
}

/** True for a name that an entry may inject from. */
export function isVariableName(text: string): boolean {
  return variableForm.test(text);
}

/** The variables that are injected in any phase, each once. */
export function injectedBy(egress: Egress): readonly string[] {
  const all = [...egressOf(egress, 'setup'), ...egressOf(egress, 'work')];
  const names = all.flatMap((one) => (typeof one === 'string' ? [] : [one.inject?.from_env]));
  return [...new Set(names)].filter((name) => name !== undefined);
}

/** An entry with why it is there, in words of ours that hold nothing of a stranger's but plain paths. */
export interface ReasonedEntry {
  readonly entry: EgressEntry;
  readonly reason: string;
}

/** What was asked for and is not listed, by phase, and what is listed and was not asked for. */
export interface EgressProposal {
  readonly setup: readonly ReasonedEntry[];
  readonly work: readonly ReasonedEntry[];
  readonly unused: readonly { readonly phase: EgressPhase; readonly entry: EgressEntry }[];
  /** What no entry can allow, or should without a person's look. */
  readonly skipped: readonly { readonly host: string; readonly because: string }[];
}
