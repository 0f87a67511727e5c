import { sha256OfJson } from '#model/digest.ts';
import { issueRead } from './tool/issue-read.ts';
import { policyRead } from './tool/policy-read.ts';
import type { Tool } from './tool.ts';

/** Every context tool there is, sorted by name. A policy grants them one by one. */
export const inventory: readonly Tool[] = [issueRead, policyRead];

/** The digest of all names, descriptions and schemas: a changed tool shows in the record. */
export const inventorySha256 = sha256OfJson(
  inventory.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
);

/** The tool a policy or a call names, by its own name or its name on the wire. */
export function findTool(name: string): Tool | undefined {
  return inventory.find((tool) => tool.name === name);
}
