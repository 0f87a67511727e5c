import type { Identity } from '#model/inventory.ts';
import { inventorySchema } from '#model/inventory.ts';
import { plainLine } from '#model/neutralise.ts';
import { askApp } from './ask-app.ts';
import { openOutput } from './output.ts';

/** A name of somebody else's choice is data on a terminal too. */
const cellMax = 200;

/** `sallyport inventory`: every non-human identity, and how to end each. */
export async function inventory(options: { readonly json?: boolean }): Promise<void> {
  const why = 'what it holds is known to it alone; start it, then ask again';
  const found = inventorySchema.parse(await askApp('GET', '/v1/inventory', why));
  openOutput(options.json ?? false).answer(found, [
    ...found.identities.flatMap(toLines),
    ...found.gaps.map((gap) => `not in this list: ${gap}`),
  ]);
}

function toLines(one: Identity): readonly string[] {
  const times = [
    one.since && `since ${one.since}`,
    `last used ${one.lastUsedAt ?? 'never, as far as is known'}`,
    one.expiresAt && `until ${one.expiresAt}`,
  ].filter(Boolean);
  return [
    `${one.kind} ${one.id} (${one.state}): ${one.name}`,
    `  for ${one.owner}, held by ${one.holder}; ${one.purpose}`,
    `  ${one.scope}`,
    `  ${times.join(', ')}`,
    `  to revoke: ${one.revoke}`,
  ].map((line) => line.slice(0, 2) + plainLine(line.slice(2), cellMax));
}
