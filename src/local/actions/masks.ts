/** The secrets of one job: added while it runs, hidden in every line of its log. */
export interface Masks {
  add(value: string): void;
  hide(line: string): string;
  /** Whether a value holds a secret: such a job output is emptied. */
  found(value: string): boolean;
}

// Hiding single characters would turn the log to stars and hide nothing.
const MASK_CHARACTERS_MIN = 3;
// Each line is searched for each mask: a step that adds more is attacking the log.
const MASKS_MAX = 2000;

/** No secrets yet. A value of several lines is hidden line by line, as logs are written line by line. */
export function openMasks(): Masks {
  let masks: string[] = [];
  const hide = (line: string) => {
    let hidden = line;
    for (const mask of masks) hidden = hidden.replaceAll(mask, '***');
    return hidden;
  };
  return {
    add: (value) => {
      const lines = [value, ...value.split(/\r?\n/)].map((line) => line.trim());
      const fresh = lines.filter((l) => l.length >= MASK_CHARACTERS_MIN && !masks.includes(l));
      // The longest first, or a secret that contains another would leave its rest readable.
      masks = [...new Set([...masks, ...fresh])]
        .sort((a, b) => b.length - a.length)
        .slice(0, MASKS_MAX);
    },
    hide,
    found: (value) => masks.some((mask) => value.includes(mask)),
  };
}
