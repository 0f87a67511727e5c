import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commandForms, parseCommand } from '#model/command.ts';

const run = '0198f2a4-1111-7222-8333-444455556666';
const understood = {
  run: '/sallyport run',
  plan: '/sallyport plan',
  why: '/sallyport why',
  stop: '/sallyport stop',
  hold: '/sallyport hold',
  resume: '/sallyport resume',
  retry: '/sallyport retry',
  approve: `/sallyport approve ${run} 0123456789ab`,
  waive: '/sallyport waive T05.2 the assertion moved to another file',
};

describe('parseCommand', () => {
  it('understands every command, and each has a form that is shown', () => {
    expect(Object.keys(commandForms).sort()).toEqual(Object.keys(understood).sort());
    for (const [name, text] of Object.entries(understood)) {
      expect(parseCommand(text)).toMatchObject({ kind: 'command', command: { name } });
    }
    expect(parseCommand(understood.approve)).toEqual({
      kind: 'command',
      command: { name: 'approve', run, seen: '0123456789ab' },
    });
    expect(parseCommand(understood.waive)).toEqual({
      kind: 'command',
      command: { name: 'waive', finding: 'T05.2', reason: 'the assertion moved to another file' },
    });
  });

  it.each([
    ['with lines for people below it', '/sallyport run\n\nThe customer waits.'],
    ['with the line ends of a browser', '/sallyport run\r\nThe customer waits.\r\n'],
    ['with spaces at the end, which nobody sees', '/sallyport run  '],
    ['with a code fence below it', '/sallyport run\n```\n/sallyport stop\n```'],
  ])('takes the whole first line, %s', (_, body) => {
    expect(parseCommand(body)).toEqual({ kind: 'command', command: { name: 'run' } });
  });

  it.each([
    ['a comment', 'Please have a look.'],
    ['nothing', ''],
    ['a quotation', '> /sallyport run'],
    ['indented code', '    /sallyport run'],
    ['one space before it', ' /sallyport run'],
    ['a fence', '```\n/sallyport run\n```'],
    ['inline code', '`/sallyport run`'],
    ['a later line', 'Yes.\n/sallyport run'],
    ['a first line that is empty', '\n/sallyport run'],
    ['an HTML comment', '<!--\n/sallyport run\n-->'],
    ['a list', '- /sallyport run'],
    ['a mention', '@sallyport run'],
    ['a longer word', '/sallyports run'],
    ['capitals', '/Sallyport run'],
    ['a homoglyph in the name', '/s\u0430llyport run'],
    ['a zero-width space before it', '\u200b/sallyport run'],
    ['a byte order mark before it', '\ufeff/sallyport run'],
    ['a zero-width space in the name', '/sally\u200bport run'],
    ['a no-break space after the name', '/sallyport\u00a0run'],
    ['a tab after the name', '/sallyport\trun'],
  ])('is not given by %s: nobody is answered', (_, body) => {
    expect(parseCommand(body)).toEqual({ kind: 'none' });
  });

  it.each([
    ['no command', '/sallyport', /expected one of the commands/],
    ['an unknown one', '/sallyport launch', /expected one of the commands/],
    ['capitals', '/sallyport RUN', /expected one of the commands/],
    ['two spaces', '/sallyport  run', /one space between words/],
    ['a tab', '/sallyport run\t', /a reader cannot see/],
    ['words after it', '/sallyport run now', /expected nothing after run/],
    ['an HTML comment after it', '/sallyport stop <!-- not -->', /expected nothing after stop/],
    ['a homoglyph', '/sallyport r\u0443n', /expected one of the commands/],
    ['full-width letters', '/sallyport \uff52un', /expected one of the commands/],
    ['a zero-width joiner', '/sallyport ru\u200dn', /a reader cannot see/],
    ['a right-to-left override', '/sallyport \u202enur', /a reader cannot see/],
    ['a soft hyphen', '/sallyport ru\u00adn', /a reader cannot see/],
    ['a tag character', '/sallyport run\u{e0041}', /a reader cannot see/],
    ['a line separator', '/sallyport run\u2028', /a reader cannot see/],
    ['a vertical tab', '/sallyport run\u000b/sallyport stop', /a reader cannot see/],
    ['half a character', '/sallyport run\ud800', /a reader cannot see/],
    ['a very long line', `/sallyport waive T05 ${'x'.repeat(600)}`, /at most 500 characters/],
    ['an approval of nothing', '/sallyport approve', /the run and the code/],
    ['an approval of a run alone', `/sallyport approve ${run}`, /the run and the code/],
    ['an approval with more', `${understood.approve} please`, /the run and the code/],
    ['a waiver of nothing', '/sallyport waive', /expected a finding/],
    ['a waiver without a reason', '/sallyport waive T05', /expected a reason/],
    ['a waiver with hardly a reason', '/sallyport waive T05 ok', /expected a reason/],
    ['a waiver of everything', '/sallyport waive * it is fine, believe me', /expected a finding/],
    [
      'a hidden reason',
      '/sallyport waive T05 \u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b',
      /cannot see/,
    ],
  ])(
    'text:hostile: refuses %s, and says what it expected without repeating it',
    (_, body, because) => {
      const parsed = parseCommand(body);
      expect(parsed).toEqual({ kind: 'malformed', because: expect.stringMatching(because) });
    },
  );

  it('never fails, and says the same for the first line alone', () => {
    const pieces = fc.oneof(
      fc.constantFrom(
        '/sallyport',
        ' ',
        '\n',
        '\r',
        'run',
        'waive',
        'T05',
        '\u200b',
        '\u202e',
        '`',
        '>',
      ),
      fc.constantFrom(...Object.values(understood)),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    const body = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(body, fc.string({ unit: 'binary' }), (text, rest) => {
        const parsed = parseCommand(text);
        if (/[\r\n]/.test(text)) expect(parseCommand(`${text}${rest}`)).toEqual(parsed);
        if (parsed.kind === 'none') return;
        expect(text.startsWith('/sallyport')).toBe(true);
        if (parsed.kind === 'malformed') return;
        const words = Object.values(parsed.command).join(' ');
        expect(text.split(/[\r\n]/, 1)[0]?.trimEnd()).toBe(`/sallyport ${words}`);
      }),
      { numRuns: 2000 },
    );
  });
});
