// One sanitiser for every hostile string that people read on GitHub.
import { capText, visibleText } from './text.ts';

/** Longer names tell a reviewer nothing more, and are a way to fill a comment. */
const stringMax = 120;

/** Compatibility forms make characters out of others, up to eighteen for one: cut before as well. */
const rawMax = 20_000;

/**
 * Text that mentions nobody, closes nothing, links nowhere and starts no command, on any sink.
 * Every broken form stays readable: a space is put where the meaning was.
 */
export function neutralise(text: string): string {
  return visibleText(visibleText(text.slice(0, rawMax)).normalize('NFKC'))
    .replace(/[`|]/g, (mark) => (mark === '`' ? "'" : '¦'))
    .replace(/</g, '‹')
    .replace(/>/g, '›')
    .replace(/@(?=\S)/g, '@ ')
    .replace(/#(?=[\d#])/g, '# ')
    .replace(/(?<![a-z\d])gh-(?=\d)/gi, 'GH- ')
    .replace(/:(?=[/\\:])/g, ': ')
    .replace(/[/\\]{2,}/g, (slashes) => slashes.split('').join(' '))
    .replace(/www\.(?=\S)/gi, 'www .')
    .replace(/&(?=[#a-z])/gi, '& ')
    .replace(/\{(?=\{)/g, '{ ')
    .replace(/\[/g, '(')
    .replace(/\]/g, ')');
}

/** One line of hostile text, for a title. */
export function plainLine(text: string, max = stringMax): string {
  return capText(neutralise(text).replace(/\s+/g, ' ').trim(), max);
}

/** Hostile text as a code span: markup in it stays text. */
export function codeSpan(text: string, max = stringMax): string {
  return `\`${plainLine(text, max) || '(empty)'}\``;
}

/** Several lines of hostile text, for inside a fence that they cannot close. */
export function fenced(text: string, max: number): string {
  return `~~~text\n${capText(neutralise(text), max).replace(/^\s*~{3,}/gm, '-')}\n~~~`;
}
