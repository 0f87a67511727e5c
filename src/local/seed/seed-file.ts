import { z } from 'zod';
import { ruleSchema } from '../rule/read-rule.ts';

// The shape of a seed file. Its keys are those of `Seed`; only files are written more simply.

/** An object that has these keys and no other; a wrong key is told the right ones. */
function object<const T extends z.ZodRawShape>(shape: T) {
  const keys = Object.keys(shape).join(', ');
  const error = (issue: { readonly code?: string }) =>
    issue.code === 'unrecognized_keys' ? `expected one of the keys ${keys}` : undefined;
  return z.strictObject(shape, { error });
}

const matching = (pattern: RegExp, expected: string) =>
  z.string().regex(pattern, { error: `expected ${expected}` });
const optional = z.exactOptional;

const login = matching(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/, 'a login of letters, digits and dashes');
const text = z.string();
const title = z
  .string()
  .refine((each) => each.trim() !== '', { error: 'expected a title that is not empty' });
const branch = matching(
  /^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)|\/\.|[/.]$))[^\s~^:?*[\\./-][^\s~^:?*[\\]*$/,
  'the name of a branch',
);
const role = z.enum(['read', 'triage', 'write', 'maintain', 'admin']);
const flag = z.boolean();
const labelName = matching(/^\s*\S.{0,49}$/, 'a label of 1 to 50 characters');
const values = z.record(
  matching(/^(?!GITHUB_)[A-Za-z_]\w*$/, 'a name of letters, digits and _ that is not GITHUB_…'),
  text,
);
const number = z.int().min(1, { error: 'expected a number of 1 or more' });

const path = matching(
  /^(?!\/)(?!.*(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$))[^\0]+$/i,
  'a path below the repository',
);
const files = z.record(
  path,
  z.union([text, object({ content: text, executable: optional(flag) })]),
);

const comment = object({ author: login, body: text });

const issue = object({
  title,
  body: text.default(''),
  author: login,
  state: optional(z.enum(['open', 'closed'])),
  labels: optional(z.array(labelName)),
  assignees: optional(z.array(login)),
  comments: optional(z.array(comment)),
  blockedBy: optional(z.array(number)),
  subIssues: optional(z.array(number)),
});

const pull = object({
  title,
  body: text.default(''),
  author: login,
  head: branch,
  base: optional(branch),
  draft: optional(flag),
  labels: optional(z.array(labelName)),
  assignees: optional(z.array(login)),
  requestedReviewers: optional(z.array(login)),
  comments: optional(z.array(comment)),
  reviews: optional(
    z.array(
      object({
        author: login,
        state: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED']),
        body: optional(text),
      }),
    ),
  ),
});

const protection = object({
  branch,
  checks: z.array(object({ context: text, app: optional(flag) })).default([]),
  approvals: z.int().min(0).max(6, { error: 'expected 0 to 6 approvals' }).default(0),
  strict: optional(flag),
  dismissStale: optional(flag),
  codeOwners: optional(flag),
  lastPushApproval: optional(flag),
  conversationResolution: optional(flag),
  enforceAdmins: optional(flag),
  linearHistory: optional(flag),
  allowForcePushes: optional(flag),
  allowDeletions: optional(flag),
});

const ruleset = object({
  name: title,
  enforcement: optional(z.enum(['active', 'evaluate', 'disabled'])),
  include: optional(z.array(text)),
  exclude: optional(z.array(text)),
  rules: z.array(ruleSchema),
  bypass: optional(
    z.array(
      object({
        who: z.enum(['app', 'organization-admins', 'maintain', 'write', 'admin', 'team']),
        team: optional(text),
        mode: optional(z.enum(['always', 'pull_request'])),
      }),
    ),
  ),
});

const environment = object({
  name: title,
  reviewers: optional(z.array(login)),
  preventSelfReview: optional(flag),
  waitMinutes: optional(z.int().min(0).max(43_200, { error: 'expected 0 to 43200 minutes' })),
  branches: optional(z.union([z.literal('protected'), z.array(text)])),
  secrets: optional(values),
  variables: optional(values),
});

const repository = object({
  owner: login,
  name: matching(
    /^(?!\.{1,2}$)(?!.*\.git$)[\w.-]{1,100}$/,
    'the name of a repository: letters, digits, dots, dashes and _',
  ),
  description: optional(text),
  private: optional(flag),
  defaultBranch: optional(branch),
  files: optional(files),
  folder: optional(text),
  git: optional(text),
  commit: optional(object({ message: title, author: login })),
  branches: optional(
    z.array(
      object({
        name: branch,
        from: optional(branch),
        message: optional(title),
        author: login,
        files,
      }),
    ),
  ),
  collaborators: optional(z.record(login, role)),
  labels: optional(
    z.array(
      object({
        name: labelName,
        color: optional(matching(/^[0-9a-fA-F]{6}$/, 'six hexadecimal digits, without #')),
        description: optional(text),
      }),
    ),
  ),
  issues: optional(z.array(issue)),
  pulls: optional(z.array(pull)),
  protections: optional(z.array(protection)),
  rulesets: optional(z.array(ruleset)),
  environments: optional(z.array(environment)),
  secrets: optional(values),
  variables: optional(values),
});

/** A seed file's whole content. */
export const seedFileSchema = object({
  users: z.array(
    object({
      login,
      name: optional(text),
      as: optional(z.enum(['maintainer', 'reviewer', 'requester'])),
    }),
  ),
  organizations: optional(
    z.array(
      object({
        login,
        name: optional(text),
        members: z.record(login, z.enum(['member', 'admin'])).default({}),
        teams: optional(
          z.array(
            object({
              slug: matching(/^[a-z0-9][a-z0-9_-]*$/, 'a slug of small letters, digits and dashes'),
              name: optional(text),
              members: z.array(login),
              repositories: optional(z.record(text, role)),
            }),
          ),
        ),
      }),
    ),
  ),
  repositories: z.array(repository),
  app: optional(
    object({
      slug: matching(/^[a-z0-9][a-z0-9-]*$/, 'a slug of small letters, digits and dashes'),
      name: optional(text),
      permissions: z.record(text, z.enum(['read', 'write', 'admin'])),
      events: z.array(text),
      installOn: login,
      webhook: optional(
        object({
          url: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }),
          secret: optional(text),
        }),
      ),
    }),
  ),
});

export type SeedFile = z.infer<typeof seedFileSchema>;
