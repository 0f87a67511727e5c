import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { exitCodes } from '#cli/exit-code.ts';
import { buildProgram } from '#cli/program.ts';
import { flow } from '#flow.ts';
import { properties } from '#model/verdict.ts';

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('the documents', () => {
  it('ARCHITECTURE.md prints the flow as src/flow.ts states it', async () => {
    const table = (await read('ARCHITECTURE.md')).split('<!-- /flow -->')[0] ?? '';
    const rows = table.split('\n').filter((line) => /^\| \d/.test(line));

    expect(rows).toEqual(
      flow.map(
        (stage, index) =>
          `| ${index + 1} | ${stage.name} | ${stage.consumes} | ${stage.produces} | ${stage.place} | ${stage.sentence} |`,
      ),
    );
  });

  it('docs/cli.md prints the table of exit codes', async () => {
    const rows = (await read('docs/cli.md')).split('\n').filter((line) => /^\| \d/.test(line));

    expect(rows).toEqual(
      Object.entries(exitCodes).map(
        ([name, { code, meaning }]) => `| ${code} | ${name} | ${meaning} |`,
      ),
    );
  });

  it('docs/cli.md names every verb', async () => {
    const text = await read('docs/cli.md');
    const program = buildProgram();
    const shown = program
      .createHelp()
      .visibleCommands(program)
      .filter((command) => command.name() !== 'help');
    const verbs = shown.flatMap((command) =>
      command.commands.length > 0
        ? command.commands.map((sub) => `${command.name()} ${sub.name()}`)
        : [command.name()],
    );

    expect(verbs.filter((verb) => !text.includes(`\`${verb}`))).toEqual([]);
  });

  it('docs/evidence.md explains every property', async () => {
    const text = await read('docs/evidence.md');

    expect(properties.filter((property) => !text.includes(`\`${property}\``))).toEqual([]);
  });

  it('docs/settings.md names every variable that is read', async () => {
    const text = await read('docs/settings.md');
    const names = [...(await read('src/settings.ts')).matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
      (match) => match[1] ?? '',
    );

    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !text.includes(name))).toEqual([]);
  });
});
