import { z } from 'zod';
import type { Policy } from './policy.ts';
import { policySchema } from './policy.ts';

/**
 * What an owner asks of every repository: a policy of which every key may be left out. A key that is
 * there is a bound, and a repository may only be stricter (docs/policy.md).
 */
export type OrganizationPolicy = {
  readonly [Key in keyof Policy]?: Policy[Key] extends readonly unknown[] | string | number
    ? Policy[Key]
    : { readonly [Name in keyof Policy[Key]]?: Exclude<Policy[Key][Name], undefined> };
};

/** The schema of the owner's file: the policy's own, without defaults, since what is not said binds nobody. */
export const organizationPolicySchema: z.ZodType<OrganizationPolicy> = z
  .strictObject({ ...sections(), version: policySchema.shape.version })
  .describe('What an organization asks of the policies of its repositories.');

function sections(): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(policySchema.shape).map(([name, section]) => {
      const inner = withoutDefault(section);
      const loose =
        inner instanceof z.ZodObject
          ? z.strictObject(
              Object.fromEntries(
                Object.entries(inner.shape).map(([key, value]) => [key, optional(value)]),
              ),
            )
          : inner;
      return [name, keepMeaning(section, loose.optional())];
    }),
  );
}

function optional(schema: z.ZodType): z.ZodType {
  return keepMeaning(schema, withoutDefault(schema).optional());
}

function withoutDefault(schema: z.ZodType): z.ZodType {
  const wraps =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional;
  return wraps ? withoutDefault(schema.unwrap() as z.ZodType) : schema;
}

function keepMeaning(from: z.ZodType, to: z.ZodType): z.ZodType {
  return from.description === undefined ? to : to.describe(from.description);
}
