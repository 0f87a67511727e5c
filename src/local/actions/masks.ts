import { secretForms } from './secret-forms.ts';

/** The secrets of one job: added while it runs, hidden in every line of its log. */
export interface Masks {
  add(value: string): void;
  hide(line: string): string;
  /** Whether a value holds a secret: such a job output is emptied. */
  found(value: string): boolean;
}

// Hiding single characters would turn the log to stars and hide nothing.
const MASK_CHARACTERS_MIN = 3;

/**
 * No secrets yet. A value of several lines is hidden line by line, as logs are written line by line,
 * and each in the forms that tools encode it to.
 */
export function openMasks(): Masks {
  let masks: readonly string[] = [];
  const hide = (line: string) => {
    let hidden = line;
    for (const mask of masks) if (hidden.includes(mask)) hidden = hidden.replaceAll(mask, '***');
    return hidden;
  };
  return {
    add: (value) => {
      const lines = [value, ...value.split(/\r?\n/)].map((line) => line.trim());
      const long = lines.filter((line) => line.length >= MASK_CHARACTERS_MIN);
      const all = new Set([...masks, ...long.flatMap((line) => [line, ...secretForms(line)])]);
      // The longest first, or a secret that contains another would leave its rest readable.
      if (all.size > masks.length) masks = [...all].sort((a, b) => b.length - a.length);
    },
    hide,
    found: (value) => masks.some((mask) => value.includes(mask)),
  };
}
