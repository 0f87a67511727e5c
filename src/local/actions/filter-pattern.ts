// Pure: the patterns of `branches`, `tags` and `paths`. They are GitHub's own, not a shell's:
// docs.github.com, "Workflow syntax for GitHub Actions", filter pattern cheat sheet.

/** One step of a pattern: which sign it takes, where it may stand next. */
interface Step {
  readonly takes: (sign: string) => boolean;
  /** Whether it may take another sign after one. */
  readonly repeats: boolean;
  /** Steps that may be gone to without taking a sign, counted from this one. */
  readonly skips: readonly number[];
}

const anySign = () => true;
const noSign = () => false;
const inFolder = (sign: string) => sign !== '/';

/**
 * Whether a whole name matches one pattern: `*` stays within a folder, `**` does not, `?` and `+`
 * speak of the sign before them, `[a-z]` is one sign of several, `\` takes the next as it is. Every
 * step is followed at once, so no pattern takes longer than its length times the name's.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const steps = readPattern(pattern);
  let places = follow(steps, [0]);
  for (const sign of name) {
    const next: number[] = [];
    for (const place of places) {
      const step = steps[place];
      if (step?.takes(sign)) next.push(place + 1, ...(step.repeats ? [place] : []));
    }
    places = follow(steps, next);
  }
  return places.has(steps.length);
}

/** Whether a list lets a name through: the last pattern that matches decides, `!` takes back. */
export function matchesList(name: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const isNegative = pattern.startsWith('!');
    if (matched !== isNegative) continue;
    if (matchesPattern(name, isNegative ? pattern.slice(1) : pattern)) matched = !isNegative;
  }
  return matched;
}

function follow(steps: readonly Step[], from: readonly number[]): ReadonlySet<number> {
  const places = new Set<number>();
  const open = [...from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (places.has(place)) continue;
    places.add(place);
    for (const skip of steps[place]?.skips ?? []) open.push(place + skip);
  }
  return places;
}

// A folder pattern, any run of signs, a set, an escaped sign, a sign: each with what follows it.
const PART =
  /(?<folders>(?<![^/])\*\*\/)|(?<any>\*\*)|(?<some>\*)|(?:\[(?<set>[^\]]+)\]|\\(?<plain>.)|(?<sign>.))(?<count>[?+]?)/gsu;

function readPattern(pattern: string): readonly Step[] {
  return [...pattern.matchAll(PART)].flatMap(({ groups = {} }): readonly Step[] => {
    if (groups.folders !== undefined) return FOLDERS;
    if (groups.any !== undefined) return [{ takes: anySign, repeats: true, skips: [1] }];
    if (groups.some !== undefined) return [{ takes: inFolder, repeats: true, skips: [1] }];
    const { set, plain, sign } = groups;
    const takes = set === undefined ? (each: string) => each === (plain ?? sign) : oneOf(set);
    return [{ takes, repeats: groups.count === '+', skips: groups.count === '?' ? [1] : [] }];
  });
}

// `**/` is any number of whole folders, none among them: `docs/**/*.md` holds `docs/a.md`.
const FOLDERS: readonly Step[] = [
  { takes: noSign, repeats: false, skips: [1, 3] },
  { takes: anySign, repeats: true, skips: [1] },
  { takes: (sign) => sign === '/', repeats: false, skips: [] },
];

function oneOf(set: string): (sign: string) => boolean {
  const ranges = [...set.matchAll(/([a-zA-Z0-9])-([a-zA-Z0-9])|(.)/gsu)];
  return (sign) =>
    ranges.some(([, from, to, one]) =>
      from !== undefined && to !== undefined ? from <= sign && sign <= to : one === sign,
    );
}
