import { z } from 'zod';

const count = z.number().int().min(0).max(10);
const flag = z.boolean();

/** Rules that say everything with their name. */
const plain = z.object({
  type: z.enum(['creation', 'update', 'deletion', 'non_fast_forward', 'required_linear_history']),
});

const pullRequest = z.object({
  type: z.literal('pull_request'),
  parameters: z.object({
    required_approving_review_count: count,
    dismiss_stale_reviews_on_push: flag,
    require_code_owner_review: flag,
    require_last_push_approval: flag,
    required_review_thread_resolution: flag,
    // Kept and not held to, they would promise a wall that is not there.
    required_reviewers: z.tuple([]).exactOptional(),
    allowed_merge_methods: z
      .array(z.enum(['merge', 'squash', 'rebase']))
      .min(1)
      .exactOptional(),
  }),
});

const statusChecks = z.object({
  type: z.literal('required_status_checks'),
  parameters: z.object({
    strict_required_status_checks_policy: flag,
    do_not_enforce_on_create: flag.exactOptional(),
    required_status_checks: z
      .array(
        z.object({
          context: z.string().min(1).max(255),
          integration_id: z.number().int().exactOptional(),
        }),
      )
      .max(100),
  }),
});

const mergeQueue = z.object({
  type: z.literal('merge_queue'),
  parameters: z.object({
    check_response_timeout_minutes: z.number().int().min(1).max(360),
    grouping_strategy: z.enum(['ALLGREEN', 'HEADGREEN']),
    max_entries_to_build: z.number().int().min(0).max(100),
    max_entries_to_merge: z.number().int().min(0).max(100),
    merge_method: z.enum(['MERGE', 'SQUASH', 'REBASE']),
    min_entries_to_merge: z.number().int().min(0).max(100),
    min_entries_to_merge_wait_minutes: z.number().int().min(0).max(360),
  }),
});

/**
 * One rule of a ruleset, of the types that the local GitHub enforces: a rule that it would only keep
 * would promise a wall that is not there, so others are refused.
 */
export const ruleSchema = z.discriminatedUnion('type', [
  plain,
  pullRequest,
  statusChecks,
  mergeQueue,
]);

/** The body that makes a ruleset. Source: docs.github.com, REST, "Repository rules". */
export const rulesetSchema = z.object({
  name: z.string().min(1).max(200),
  target: z.literal('branch').default('branch'),
  enforcement: z.enum(['active', 'evaluate', 'disabled']),
  conditions: z
    .object({
      ref_name: z.object({
        include: z.array(z.string().min(1).max(255)).max(100).default([]),
        exclude: z.array(z.string().min(1).max(255)).max(100).default([]),
      }),
    })
    .default({ ref_name: { include: [], exclude: [] } }),
  rules: z.array(ruleSchema).max(50).default([]),
  bypass_actors: z
    .array(
      z.object({
        actor_type: z.enum(['Integration', 'OrganizationAdmin', 'RepositoryRole', 'Team']),
        actor_id: z.number().int().nullable().default(null),
        bypass_mode: z.enum(['always', 'pull_request']).default('always'),
      }),
    )
    .max(100)
    .default([]),
});
