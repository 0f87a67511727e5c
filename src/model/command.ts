import { visibleText } from './text.ts';

/** What people may say in a comment; `run` and `seen` bind an approval to what was shown. */
export type Command =
  | { readonly name: 'run' | 'plan' | 'stop' | 'retry' | 'resume' | 'why' | 'hold' }
  | { readonly name: 'approve'; readonly run: string; readonly seen: string }
  | { readonly name: 'waive'; readonly finding: string; readonly reason: string };
export type CommandName = Command['name'];

/** A comment read as a command: most comments are none, and are answered nothing. */
export type ParsedComment =
  | { readonly kind: 'none' }
  | { readonly kind: 'command'; readonly command: Command }
  /** It starts like a command; the sentence says what is wrong and repeats nothing of it. */
  | { readonly kind: 'malformed'; readonly because: string };

/** How each command is written, in the order in which people need them. */
export const commandForms: Readonly<Record<CommandName, string>> = {
  run: '/sallyport run',
  plan: '/sallyport plan',
  why: '/sallyport why',
  stop: '/sallyport stop',
  hold: '/sallyport hold',
  resume: '/sallyport resume',
  retry: '/sallyport retry',
  approve: '/sallyport approve <run> <seen>',
  waive: '/sallyport waive <finding> <reason>',
};

const prefix = '/sallyport';
/** A command is one short line; a longer one is something else. */
const lineMax = 500;
/** Why somebody waives must be said, and is kept for good. */
export const waiverReason = { min: 10, max: 300 } as const;

/** Letters, marks, numbers, punctuation, symbols and the plain space: what a reader sees. */
const seenOnly = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;
const runForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const seenForm = /^[0-9a-f]{12}$/;
/** A detector's id; `.2` is the second finding with that id. */
const findingForm = /^T\d{2}(?:\.[1-9]\d?)?$/;

/**
 * Read a comment. A command is its whole first line, in exact lower-case words with one space
 * between them: not quoted, not indented, not in a fence, with nothing that a reader cannot see.
 */
export function parseCommand(body: string): ParsedComment {
  // A line ends as Markdown ends it (CommonMark §2.1); what follows is for people.
  const [line = ''] = body.slice(0, lineMax + 1).split(/\r\n|\r|\n/, 1);
  if (line !== prefix && !line.startsWith(`${prefix} `)) return { kind: 'none' };
  if (line.length > lineMax) return malformed(`expected at most ${lineMax} characters`);
  if (!seenOnly.test(line) || visibleText(line) !== line) {
    return malformed('it holds characters that a reader cannot see');
  }
  // Spaces at the end are not seen, and mean nothing.
  return parseWords(line.slice(prefix.length).replace(/ +$/, ''));
}

function parseWords(words: string): ParsedComment {
  const [, name, rest] = /^ ([a-z]+)(?: (\S.*))?$/u.exec(words) ?? [];
  switch (name) {
    case 'run':
    case 'plan':
    case 'stop':
    case 'retry':
    case 'resume':
    case 'why':
    case 'hold':
      return rest === undefined
        ? { kind: 'command', command: { name } }
        : malformed(`expected nothing after ${name}`);
    case 'approve':
      return parseApprove(rest ?? '');
    case 'waive':
      return parseWaive(rest ?? '');
    default:
      return malformed('expected one of the commands, in lower case, with one space between words');
  }
}

function parseApprove(rest: string): ParsedComment {
  const [run = '', seen = '', ...more] = rest.split(' ');
  if (!runForm.test(run) || !seenForm.test(seen) || more.length > 0) {
    return malformed('expected the run and the code that the waiting comment shows');
  }
  return { kind: 'command', command: { name: 'approve', run, seen } };
}

function parseWaive(rest: string): ParsedComment {
  const [, finding = '', reason = ''] = /^(\S+)(?: (\S.*))?$/u.exec(rest) ?? [];
  if (!findingForm.test(finding)) return malformed('expected a finding such as T05 or T05.2');
  if (reason.length < waiverReason.min || reason.length > waiverReason.max) {
    return malformed(
      `expected a reason of ${waiverReason.min} to ${waiverReason.max} characters after the finding`,
    );
  }
  return { kind: 'command', command: { name: 'waive', finding, reason } };
}

function malformed(because: string): ParsedComment {
  return { kind: 'malformed', because };
}
