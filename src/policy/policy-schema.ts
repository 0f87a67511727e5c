import { z } from 'zod';
import { organizationPolicySchema } from '#model/organization-policy.ts';
import { policySchema } from '#model/policy.ts';

/** A JSON Schema node, reduced to what is read here. */
interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
}

/** One key of a policy file, for people. */
export interface PolicyKey {
  /** `verify.commands[].run`; `[]` is each of a list, `*` each name of a record. */
  readonly key: string;
  /** As JSON; null when there is none. */
  readonly default: string | null;
  readonly meaning: string;
}

/** Where the schemas are published, so that an editor finds them by their addresses. */
const published = 'https://raw.githubusercontent.com/sallyport/sallyport/main/schema';

/**
 * The schema of `.github/sallyport.yml` for editors, from the very schema that judges the file.
 *
 * Source  json-schema.org draft-07, which the YAML language server knows best
 */
export function policyJsonSchema(): object {
  return publish(policySchema, 'sallyport', 'Sallyport policy');
}

/** The schema of an owner's `sallyport.yml`, for editors. */
export function organizationJsonSchema(): object {
  return publish(
    organizationPolicySchema,
    'sallyport-organization',
    'Sallyport organization policy',
  );
}

function publish(zod: z.ZodType, name: string, title: string): object {
  const { $schema, ...schema } = z.toJSONSchema(zod, { io: 'input', target: 'draft-7' });
  return { $schema, $id: `${published}/${name}.schema.json`, title, ...schema };
}

/** Every key of the schema, in its order, with default and meaning. */
export function listPolicyKeys(): readonly PolicyKey[] {
  const root: SchemaNode = z.toJSONSchema(policySchema, { io: 'input' }) as SchemaNode;
  const seen = new Map<string, PolicyKey>();
  for (const one of keysBelow(root, '')) if (!seen.has(one.key)) seen.set(one.key, one);
  return [...seen.values()];
}

function keysBelow(node: SchemaNode, above: string): readonly PolicyKey[] {
  if (node.anyOf) return armsOf(node.anyOf).flatMap((arm) => keysBelow(arm, above));
  if (node.items) return keysBelow(node.items, `${above}[]`);
  const each = node.additionalProperties;
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
      const key = above === '' ? name : `${above}.${name}`;
      return [describeKey(key, child), ...keysBelow(child, key)];
    }),
    ...(typeof each === 'object' ? keysBelow(each, `${above}.*`) : []),
  ];
}

/** Lists of what another arm lists already are named, and their keys are not said again. */
function armsOf(arms: readonly SchemaNode[]): readonly SchemaNode[] {
  const said = new Set(arms.map(({ items }) => JSON.stringify(items)));
  const withoutItems = ([name, node]: [string, SchemaNode]) => {
    const { items, ...rest } = node;
    return [name, items && said.has(JSON.stringify(items)) ? rest : node];
  };
  return arms.map((arm) =>
    arm.properties
      ? { ...arm, properties: Object.fromEntries(Object.entries(arm.properties).map(withoutItems)) }
      : arm,
  );
}

function describeKey(key: string, node: SchemaNode): PolicyKey {
  return {
    key,
    // A section's default is what its keys say.
    default: node.default === undefined || node.properties ? null : JSON.stringify(node.default),
    meaning: node.description ?? '',
  };
}
