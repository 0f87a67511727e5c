import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { leastRoles } from '#command/authority.ts';
import { commandForms, waiverReason } from '#model/command.ts';

describe('docs/commands.md', () => {
  it('prints every command with its form and the role it needs', async () => {
    const text = await readFile(new URL('../../docs/commands.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `(\/sallyport [^`]+)` \| (\w+) \|/gm)];

    expect(rows.map(([, form, role]) => [form, role])).toEqual(
      Object.entries(commandForms).map(([name, form]) => [
        form,
        leastRoles[name as keyof typeof leastRoles],
      ]),
    );
    expect(text).toContain(`a reason of ${waiverReason.min} to ${waiverReason.max}`);
  });
});
