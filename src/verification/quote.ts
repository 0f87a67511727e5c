import { capText, visibleText } from '#model/text.ts';

/** Longer names tell a reader nothing more, and are a way to fill a comment. */
const quotedMax = 120;

/** A name that the code under test chose, made safe to read inside one sentence: visible, one line, short. */
export function quote(text: string): string {
  return `“${capText(visibleText(text).replace(/\s+/g, ' ').trim(), quotedMax)}”`;
}

/** The first few of a list in words: `“a”, “b” and 3 more`. */
export function quoteList(texts: readonly string[], max = 3): string {
  const shown = texts.slice(0, max).map(quote).join(', ');
  return texts.length > max ? `${shown} and ${texts.length - max} more` : shown;
}
